"""A network's ONNX file computed in another order, with the same results, for batches. Called by predictor.

A text CNN adds its biases to every position and then keeps the largest position of each filter. Adding a
number and cutting at zero (ReLU) change no order, so the largest can be looked for first: fewer sums, and
ONNX Runtime keeps the convolution's layout.
"""


def largest_first(content: bytes) -> bytes:
    """The ONNX file with GlobalMaxPool before Squeeze, Add and Relu wherever it follows them after a Conv."""
    if b"GlobalMaxPool" not in content:
        return content
    import onnx  # takes a tenth of a second, and is only needed here

    model = onnx.ModelProto.FromString(content)
    nodes = list(model.graph.node)
    made = {output: node for node in nodes for output in node.output}
    read = [name for node in nodes for name in node.input]
    chains = [_chain(node, made, read) for node in nodes if node.op_type == "GlobalMaxPool"]
    for convolution, squeeze, add, relu, pool in filter(None, chains):
        largest, result = f"{pool.output[0]}:first", pool.output[0]
        pool.input[0], pool.output[0] = convolution.output[0], largest
        squeeze.input[0], relu.output[0] = largest, result
        nodes = [node for node in nodes if not any(node is moved for moved in (squeeze, add, relu, pool))]
        after = next(place for place, node in enumerate(nodes) if node is convolution) + 1
        nodes[after:after] = [pool, squeeze, add, relu]
    ordered = [onnx.NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del model.graph.node[:]
    model.graph.node.extend(ordered)
    return model.SerializeToString()


def _chain(pool, made, read):
    """Conv, Squeeze, Add, Relu and `pool`; None for other nodes, and if another node reads between them."""
    nodes = [pool]
    for kind in ("Relu", "Add", "Squeeze", "Conv"):
        name = nodes[0].input[0]
        node = made.get(name)
        if node is None or node.op_type != kind or read.count(name) > 1:
            return None
        nodes.insert(0, node)
    return nodes
