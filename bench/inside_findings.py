"""What "See inside" shows about the pretrained networks: the figures of docs/inside.md.

python -m bench.inside_findings
"""

from imdb_core import paths
from imdb_core.inside import filter_phrases, recurrent, word_map, word_stages
from imdb_core.inside.filters import convolutions, has_filters
from imdb_core.inside.walk import map_of
from imdb_core.scoring import predictor
from ui.example_reviews import FILM_REVIEWS

NOT_BAD = "Not bad at all"
MARKS = {*map(str, range(1, 11))}  # words that are a reviewer's mark, as in "8 of 10"


def main():
    networks = [predictor.load(folder) for folder in sorted(paths.PRETRAINED.iterdir())]
    print(f"“{FILM_REVIEWS[NOT_BAD]}”: probability of positive after each stored epoch\n")
    for network in networks:
        epochs = [predictor.Predictor(network.folder, epoch) for epoch in network.epochs]
        shares = ", ".join(f"{epoch.score(FILM_REVIEWS[NOT_BAD]).shares[1]:.1%}" for epoch in epochs)
        print(f"- {network.folder.name}: {shares}; kept epoch {network.epoch}")
    print("\nFilters whose strongest phrases hold a mark from 1 to 10, at the kept epoch\n")
    for network in filter(lambda each: has_filters(each.config), networks):
        print(f"- {network.folder.name}: {_filters_with_marks(network)}")
    print("\nWords whose nearest word raises the same class\n")
    for network in filter(lambda each: word_map.has_word_vectors(each.config), networks):
        stages = word_stages.stages(network, word_map.word_map(network))
        shares = ", ".join(f"{stage.kind} {stage.same_side:.0%}" for stage in stages)
        print(f"- {network.folder.name}: {shares}")
    print("\nUnits of the memory that alone tell at least 80 % of the validation reviews apart\n")
    for network in filter(lambda each: recurrent.has_memory(each.config), networks):
        alone = map_of(network).alone.accuracy
        print(f"- {network.folder.name}: {(alone >= 0.8).sum()} of {len(alone)}; the best {alone.max():.1%}")


def _filters_with_marks(network):
    """How many filters have at least three phrases with a mark among their strongest ones, and which."""
    kernels = [kernel for layer in convolutions(network.content()) for kernel in layer.kernel]
    phrases = filter_phrases.of_network(network, kernels)
    found = []
    for number in range(len(kernels)):
        words = [set(network.vocabulary.decode(ids)) for _, ids in phrases.of(number)]
        if sum(bool(each & MARKS) for each in words) >= 3:
            found.append(str(number))
    return f"{len(found)} of {len(kernels)}: {', '.join(found) or 'none'}"


if __name__ == "__main__":
    main()
