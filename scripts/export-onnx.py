#!/usr/bin/env python3
"""Makes a folder that `worker-huggingface` can run out of one that it cannot: ONNX files from PyTorch's weights.

    pip install numpy onnx onnxruntime onnx_ir
    python scripts/export-onnx.py models/my-model-torch --output models/my-model --dtype fp32 q8

`config.json`, the tokenizer's files and `onnx/model.onnx` (fp32), `model_fp16.onnx`, `model_quantized.onnx` (q8) or
`model_q4.onnx` come out. Encoders of the BERT family in safetensors are built here, without PyTorch. All else (other
families, text generation, `.bin` and `.pth` weights) goes through Hugging Face's own exporter, which reads what
`transformers` reads: `pip install "optimum[onnx]"`. A bare `.pth` says nothing of its model: put it into a folder with
its `config.json` and tokenizer, under the name `pytorch_model.bin`.
"""

import argparse
import json
import pathlib
import shutil
import sys

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
SUFFIXES = {"fp32": "", "fp16": "_fp16", "q8": "_quantized", "q4": "_q4"}
COMPANIONS = ("config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json")


class Graph:
    """Collects the nodes and weights of a model; each method answers the name of what it computes."""

    def __init__(self):
        self.nodes = []
        self.weights = {}

    def constant(self, name, value):
        self.weights.setdefault(name, numpy.array(value, order="C"))
        return name

    def add(self, operator, *inputs, **attributes):
        output = f"{operator.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [output], **attributes))
        return output

    def number(self, value):
        return self.constant(f"number_{value:.6g}", numpy.float32(value))

    def shape(self, *sizes):
        return self.constant(f"shape_{'_'.join(map(str, sizes))}", numpy.array(sizes, numpy.int64))

    def model(self, inputs, outputs):
        weights = [numpy_helper.from_array(value, name) for name, value in self.weights.items()]
        graph = helper.make_graph(self.nodes, "model", inputs, outputs, weights)
        # The oldest format that has this operator set, so that older runtimes read it too.
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=8)
        onnx.checker.check_model(model)
        return model


def build_bert(config, weights):
    """The encoder of BERT: ids, mask and token types to the last hidden state."""
    graph = Graph()
    hidden, heads = config["hidden_size"], config["num_attention_heads"]
    epsilon = config.get("layer_norm_eps", 1e-12)

    def weight(name):
        return graph.constant(name, weights[name].astype(numpy.float32))

    def linear(value, name):
        matrix = graph.constant(f"{name}.weight.T", weights[f"{name}.weight"].astype(numpy.float32).T)
        return graph.add("Add", graph.add("MatMul", value, matrix), weight(f"{name}.bias"))

    def normalized(value, name):
        return graph.add(
            "LayerNormalization", value, weight(f"{name}.weight"), weight(f"{name}.bias"), axis=-1, epsilon=epsilon
        )

    def split_heads(value, order):
        split = graph.add("Reshape", value, graph.shape(0, 0, heads, hidden // heads))
        return graph.add("Transpose", split, perm=order)

    def gelu(value):
        bent = graph.add("Erf", graph.add("Div", value, graph.number(numpy.sqrt(2.0))))
        return graph.add("Mul", graph.add("Mul", value, graph.add("Add", bent, graph.number(1.0))), graph.number(0.5))

    # Positions count from 0 to the length of the sequence.
    length = graph.add("Gather", graph.add("Shape", "input_ids"), graph.constant("one", numpy.int64(1)), axis=0)
    zero = graph.constant("zero", numpy.int64(0))
    positions = graph.add("Range", zero, length, graph.constant("one", numpy.int64(1)))

    words = graph.add("Gather", weight("embeddings.word_embeddings.weight"), "input_ids")
    types = graph.add("Gather", weight("embeddings.token_type_embeddings.weight"), "token_type_ids")
    places = graph.add("Gather", weight("embeddings.position_embeddings.weight"), positions)
    state = normalized(graph.add("Add", graph.add("Add", words, types), places), "embeddings.LayerNorm")

    # What the mask leaves out gets a score that no softmax gives weight to.
    mask = graph.add("Cast", "attention_mask", to=TensorProto.FLOAT)
    mask = graph.add("Unsqueeze", mask, graph.shape(1, 2))
    bias = graph.add("Mul", graph.add("Sub", graph.number(1.0), mask), graph.number(-10000.0))

    for index in range(config["num_hidden_layers"]):
        layer = f"encoder.layer.{index}"
        query = split_heads(linear(state, f"{layer}.attention.self.query"), [0, 2, 1, 3])
        key = split_heads(linear(state, f"{layer}.attention.self.key"), [0, 2, 3, 1])
        value = split_heads(linear(state, f"{layer}.attention.self.value"), [0, 2, 1, 3])
        scores = graph.add("Div", graph.add("MatMul", query, key), graph.number(numpy.sqrt(hidden / heads)))
        attention = graph.add("Softmax", graph.add("Add", scores, bias), axis=-1)
        seen = graph.add("Transpose", graph.add("MatMul", attention, value), perm=[0, 2, 1, 3])
        seen = graph.add("Reshape", seen, graph.shape(0, 0, hidden))
        attended = linear(seen, f"{layer}.attention.output.dense")
        state = normalized(graph.add("Add", attended, state), f"{layer}.attention.output.LayerNorm")
        thought = linear(gelu(linear(state, f"{layer}.intermediate.dense")), f"{layer}.output.dense")
        state = normalized(graph.add("Add", thought, state), f"{layer}.output.LayerNorm")
    graph.nodes.append(helper.make_node("Identity", [state], ["last_hidden_state"]))

    text = ["batch_size", "sequence_length"]
    return graph.model(
        [
            helper.make_tensor_value_info(name, TensorProto.INT64, text)
            for name in ("input_ids", "attention_mask", "token_type_ids")
        ],
        [helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, [*text, hidden])],
    )


def read_safetensors(path):
    """The tensors of a file by name: eight bytes of length, a JSON header, then the numbers."""
    data = path.read_bytes()
    start = 8 + int.from_bytes(data[:8], "little")
    kinds = {"F32": "<f4", "F16": "<f2", "I64": "<i8", "BF16": "<u2"}
    tensors = {}
    for name, entry in json.loads(data[8:start]).items():
        if name == "__metadata__":
            continue
        begin, end = entry["data_offsets"]
        values = numpy.frombuffer(data[start + begin : start + end], kinds[entry["dtype"]])
        if entry["dtype"] == "BF16":
            values = (values.astype(numpy.uint32) << 16).view(numpy.float32)
        tensors[name.removeprefix("bert.")] = values.reshape(entry["shape"])
    return tensors


def write_variant(model, target, dtype):
    """Writes one file of weights of the given precision."""
    # What makes the smaller ones changes the model that it is given.
    model = onnx.load_from_string(model.SerializeToString())
    if dtype == "fp32":
        onnx.save(model, target)
    elif dtype == "fp16":
        from onnxruntime.transformers.float16 import convert_float_to_float16

        onnx.save(convert_float_to_float16(model, keep_io_types=True), target)
    elif dtype == "q8":
        from onnxruntime.quantization import QuantType, quantize_dynamic

        quantize_dynamic(model, target, weight_type=QuantType.QInt8, per_channel=True)
    elif dtype == "q4":
        from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

        quantizer = MatMulNBitsQuantizer(model, bits=4, block_size=32, is_symmetric=True)
        quantizer.process()
        onnx.save(quantizer.model.model, target)


def export_elsewhere(source, output):
    """Hands the folder to Hugging Face's own exporter. Answers the model of fp32."""
    try:
        from optimum.exporters.onnx import main_export
    except ImportError:
        sys.exit('This model needs Hugging Face\'s exporter. Install it: pip install "optimum[onnx]"')
    main_export(str(source), output=str(output / "onnx"), do_validation=False)
    for companion in COMPANIONS:
        if (output / "onnx" / companion).exists():
            (output / "onnx" / companion).replace(output / companion)
    return onnx.load(output / "onnx" / "model.onnx")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=pathlib.Path, help="folder with config.json, tokenizer.json and the weights")
    parser.add_argument("--output", type=pathlib.Path, help="default: the same folder")
    parser.add_argument("--dtype", nargs="+", choices=SUFFIXES, default=["fp32"])
    options = parser.parse_args()
    source, output = options.source, options.output or options.source
    if not (source / "config.json").exists():
        sys.exit(f"{source} has no config.json, so nobody knows what its weights are of.")
    (output / "onnx").mkdir(parents=True, exist_ok=True)
    config = json.loads((source / "config.json").read_text())
    weights = source / "model.safetensors"
    if config.get("model_type") == "bert" and weights.exists():
        model = build_bert(config, read_safetensors(weights))
        for companion in COMPANIONS:
            if output != source and (source / companion).exists():
                shutil.copyfile(source / companion, output / companion)
    else:
        model = export_elsewhere(source, output)
    for dtype in options.dtype:
        target = output / "onnx" / f"model{SUFFIXES[dtype]}.onnx"
        write_variant(model, target, dtype)
        print(f"{target}: {target.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
