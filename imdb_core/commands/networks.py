"""`python -m imdb_core networks`. It loads no Keras: the layers' shapes are computed by layer_shapes."""

from argparse import Namespace
from typing import Any

from imdb_core import architectures
from imdb_core import config as configs
from imdb_core.commands import console
from imdb_core.commands.registry import command


@command("networks")
def list_networks(options: Namespace) -> int:
    """List the networks with layers and parameters."""
    networks = [_facts(name) for name in architectures.all_names()]
    console.show_result(options, networks, [_line(network) for network in networks])
    return 0


def _facts(name: str) -> dict[str, Any]:
    rows = architectures.layer_table(configs.preset(name))
    layers = [
        {"type": row.type, "output_shape": list(row.output_shape), "parameters": row.parameters}
        for row in rows
    ]
    return {"name": name, "parameters": sum(row.parameters for row in rows), "layers": layers}


def _line(network: dict[str, Any]) -> str:
    layers = " > ".join(layer["type"] for layer in network["layers"])
    return f"{network['name']:24} {network['parameters']:>9,} parameters  {layers}"
