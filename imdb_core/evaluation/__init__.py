"""How good finished runs are, and whether a run is really better than another. Reads run folders only."""
