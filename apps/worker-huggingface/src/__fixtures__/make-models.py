#!/usr/bin/env python3
"""Makes the two models of the specs, and what the reference runtime answers for them.

    pip install numpy onnx onnxruntime onnx_ir tokenizers
    python apps/worker-huggingface/src/__fixtures__/make-models.py

`tiny-encoder` is BERT with two layers and random weights: what it finds in a text means nothing, and is the same in
every runtime. `tiny-writer` is a decoder with a cache of keys and values which knows one sentence by heart: after each
token it prefers the next one, and two others less. `reference.json` is what onnxruntime for Python and the tokenizers of
Hugging Face in Rust make of them; nothing of the code under test had a part in it.
"""

import importlib.util
import json
import pathlib

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parents[3]

specification = importlib.util.spec_from_file_location("export_onnx", ROOT / "scripts" / "export-onnx.py")
export_onnx = importlib.util.module_from_spec(specification)
specification.loader.exec_module(export_onnx)

SENTENCE = " A queue keeps every job until some worker takes it 🚂 and says so."
WORDS = """a an and are as at be by every for from has in is it its job jobs keep keeps lost never no not of on or paid
queue queues run runs send sent signal some switch takes text that the this to train trains twice until wait waits what
when who why will with work worker works yard""".split()
TEXTS = [
    "A queue keeps every job until some worker takes it.",
    "a queue keeps EVERY job until some worker takes it.",
    "The train waits in the yard.",
    "Zürich, naïve: 42 trains!",
    "工作 🚂 job",
    "why",
    "",
    "queue " * 700,
]


def save_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n")


def make_encoder(folder):
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)] + [str(digit) for digit in range(10)]
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *",.:;!?'-", *letters]
    vocabulary += [f"##{letter}" for letter in letters] + [word for word in WORDS if word not in letters]
    ids = {token: index for index, token in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", ids["[CLS]"]), ("[SEP]", ids["[SEP]"])],
    )
    tokenizer.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    config = {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "vocab_size": len(vocabulary),
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 64,
        "max_position_embeddings": 512,
        "type_vocab_size": 2,
        "layer_norm_eps": 1e-12,
        "pad_token_id": 0,
    }
    save_json(folder / "config.json", config)
    save_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "BertTokenizer",
            "model_max_length": 512,
            "do_lower_case": True,
            "pad_token": "[PAD]",
            "unk_token": "[UNK]",
            "cls_token": "[CLS]",
            "sep_token": "[SEP]",
            "mask_token": "[MASK]",
        },
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    model = export_onnx.build_bert(config, random_weights(config))
    (folder / "onnx").mkdir(exist_ok=True)
    for dtype, suffix in export_onnx.SUFFIXES.items():
        if dtype != "q4":
            export_onnx.write_variant(model, folder / "onnx" / f"model{suffix}.onnx", dtype)


def random_weights(config):
    random = numpy.random.default_rng(20261130)
    hidden, between = config["hidden_size"], config["intermediate_size"]
    weights = {
        "embeddings.word_embeddings.weight": random.normal(0, 1, (config["vocab_size"], hidden)),
        "embeddings.token_type_embeddings.weight": random.normal(0, 0.1, (2, hidden)),
        "embeddings.position_embeddings.weight": random.normal(0, 0.3, (config["max_position_embeddings"], hidden)),
    }

    def norm(name):
        weights[f"{name}.weight"] = random.normal(1, 0.1, hidden)
        weights[f"{name}.bias"] = random.normal(0, 0.1, hidden)

    def linear(name, outputs, inputs):
        weights[f"{name}.weight"] = random.normal(0, inputs**-0.5, (outputs, inputs))
        weights[f"{name}.bias"] = random.normal(0, 0.1, outputs)

    norm("embeddings.LayerNorm")
    for index in range(config["num_hidden_layers"]):
        layer = f"encoder.layer.{index}"
        for part in ("query", "key", "value"):
            linear(f"{layer}.attention.self.{part}", hidden, hidden)
        linear(f"{layer}.attention.output.dense", hidden, hidden)
        norm(f"{layer}.attention.output.LayerNorm")
        linear(f"{layer}.intermediate.dense", between, hidden)
        linear(f"{layer}.output.dense", hidden, between)
        norm(f"{layer}.output.LayerNorm")
    return weights


def make_writer(folder):
    specials = ["<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    visible = [chr(code) for code in range(33, 127)]
    # The locomotive stays apart in its four bytes, so that a stream meets characters that are not complete.
    pieces = [piece for piece, _ in tokenizer.pre_tokenizer.pre_tokenize_str("🚂")]
    alphabet = sorted({*visible, "Ġ", "Ċ", *"".join(pieces)})
    trainer = trainers.BpeTrainer(
        vocab_size=1000, min_frequency=1, special_tokens=specials, initial_alphabet=alphabet, show_progress=False
    )
    tokenizer.train_from_iterator([SENTENCE.replace(" 🚂", "")], trainer)
    end = tokenizer.token_to_id("<|end|>")
    size, width = tokenizer.get_vocab_size(), 16
    save_json(
        folder / "config.json",
        {
            "architectures": ["GPT2LMHeadModel"],
            "model_type": "gpt2",
            "vocab_size": size,
            "n_embd": width,
            "n_head": 2,
            "n_layer": 1,
            "n_positions": 128,
            "bos_token_id": end,
            "eos_token_id": end,
        },
    )
    save_json(
        folder / "tokenizer_config.json",
        {
            "tokenizer_class": "GPT2Tokenizer",
            "model_max_length": 128,
            "bos_token": "<|end|>",
            "eos_token": "<|end|>",
            "unk_token": "<|end|>",
            "clean_up_tokenization_spaces": False,
            "chat_template": "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}\n{% endfor %}"
            "{% if add_generation_prompt %}<|assistant|>{% endif %}",
        },
    )
    tokenizer.save(str(folder / "tokenizer.json"))
    chain = [*tokenizer.encode(SENTENCE).ids, end]
    (folder / "onnx").mkdir(exist_ok=True)
    onnx.save(build_writer(chain, size, width), folder / "onnx" / "model.onnx")


def build_writer(chain, size, width):
    """Logits of the next token: a table of what follows what, and a little of what attention saw."""
    random = numpy.random.default_rng(20261201)
    # After whatever is not of the sentence, the sentence begins.
    follows = numpy.zeros((size, size), numpy.float32)
    follows[:, chain[0]] = 6
    for here, there in zip(chain, chain[1:], strict=False):
        follows[here] = 0
        follows[here, there] = 6
        follows[here, random.choice(chain, 2)] += 4
    heads, each = 2, width // 2
    graph = export_onnx.Graph()

    def matrix(name, rows, columns):
        return graph.constant(name, random.normal(0, rows**-0.5, (rows, columns)).astype(numpy.float32))

    def split_heads(value):
        return graph.add("Transpose", graph.add("Reshape", value, graph.shape(0, 0, heads, each)), perm=[0, 2, 1, 3])

    words = graph.add("Gather", matrix("words", size, width), "input_ids")
    state = graph.add("Add", words, graph.add("Gather", matrix("places", 128, width), "position_ids"))
    query = split_heads(graph.add("MatMul", state, matrix("query", width, width)))
    key = split_heads(graph.add("MatMul", state, matrix("key", width, width)))
    value = split_heads(graph.add("MatMul", state, matrix("value", width, width)))
    key = graph.add("Concat", "past_key_values.0.key", key, axis=2)
    value = graph.add("Concat", "past_key_values.0.value", value, axis=2)
    scores = graph.add("MatMul", query, graph.add("Transpose", key, perm=[0, 1, 3, 2]))

    # A token sees those before it, and of them what the mask leaves.
    total = graph.add("Gather", graph.add("Shape", "attention_mask"), graph.constant("one", numpy.int64(1)), axis=0)
    seen = graph.add("Range", graph.constant("zero", numpy.int64(0)), total, graph.constant("one", numpy.int64(1)))
    before = graph.add("LessOrEqual", seen, graph.add("Unsqueeze", "position_ids", graph.shape(2)))
    real = graph.add("Unsqueeze", graph.add("Cast", "attention_mask", to=TensorProto.BOOL), graph.shape(1))
    allowed = graph.add("Unsqueeze", graph.add("And", before, real), graph.shape(1))
    scores = graph.add("Where", allowed, scores, graph.number(-10000.0))
    mixed = graph.add("MatMul", graph.add("Softmax", scores, axis=-1), value)
    mixed = graph.add("Reshape", graph.add("Transpose", mixed, perm=[0, 2, 1, 3]), graph.shape(0, 0, width))
    known = graph.add("Gather", graph.constant("follows", follows), "input_ids")
    logits = graph.add("Add", known, graph.add("MatMul", mixed, matrix("head", width, size)))
    for output, source in (("logits", logits), ("present.0.key", key), ("present.0.value", value)):
        graph.nodes.append(helper.make_node("Identity", [source], [output]))

    def tensor(name, kind, *shape):
        return helper.make_tensor_value_info(name, kind, list(shape))

    past = ("batch_size", heads, "past_sequence_length", each)
    present = ("batch_size", heads, "total_sequence_length", each)
    return graph.model(
        [
            tensor("input_ids", TensorProto.INT64, "batch_size", "sequence_length"),
            tensor("attention_mask", TensorProto.INT64, "batch_size", "total_sequence_length"),
            tensor("position_ids", TensorProto.INT64, "batch_size", "sequence_length"),
            tensor("past_key_values.0.key", TensorProto.FLOAT, *past),
            tensor("past_key_values.0.value", TensorProto.FLOAT, *past),
        ],
        [
            tensor("logits", TensorProto.FLOAT, "batch_size", "sequence_length", size),
            tensor("present.0.key", TensorProto.FLOAT, *present),
            tensor("present.0.value", TensorProto.FLOAT, *present),
        ],
    )


def embed_by_reference(folder, variant, texts):
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.enable_truncation(512)
    session = onnxruntime.InferenceSession(folder / "onnx" / f"model{variant}.onnx")
    answers = []
    for text in texts:
        encoded = tokenizer.encode(text)
        feeds = {
            "input_ids": encoded.ids,
            "attention_mask": encoded.attention_mask,
            "token_type_ids": encoded.type_ids,
        }
        [states] = session.run(None, {name: numpy.array([value], numpy.int64) for name, value in feeds.items()})
        vector = states[0].mean(axis=0, dtype=numpy.float64)
        answers.append({"tokens": len(encoded.ids), "vector": [round(float(number), 7) for number in vector]})
    return answers


def write_by_reference(folder, prompt, most):
    """Greedy, and with the whole text read anew for each token: the cache has no part in it."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    session = onnxruntime.InferenceSession(folder / "onnx" / "model.onnx")
    ids = tokenizer.encode(prompt).ids
    start, end = len(ids), tokenizer.token_to_id("<|end|>")
    empty = numpy.zeros((1, 2, 0, 8), numpy.float32)
    while len(ids) - start < most and ids[-1] != end:
        feeds = {
            "input_ids": numpy.array([ids], numpy.int64),
            "attention_mask": numpy.ones((1, len(ids)), numpy.int64),
            "position_ids": numpy.arange(len(ids), dtype=numpy.int64)[None],
            "past_key_values.0.key": empty,
            "past_key_values.0.value": empty,
        }
        ids.append(int(session.run(["logits"], feeds)[0][0, -1].argmax()))
    return {"prompt": prompt, "promptTokens": start, "tokens": len(ids) - start, "text": tokenizer.decode(ids[start:])}


def main():
    encoder, writer = HERE / "tiny-encoder", HERE / "tiny-writer"
    make_encoder(encoder)
    make_writer(writer)
    save_json(
        HERE / "reference.json",
        {
            "texts": TEXTS,
            "fp32": embed_by_reference(encoder, "", TEXTS),
            "q8": embed_by_reference(encoder, "_quantized", TEXTS[:3]),
            "written": [
                write_by_reference(writer, "<|user|>Why?\n<|assistant|>", 60),
                write_by_reference(writer, "Why a queue?", 6),
            ],
        },
    )


if __name__ == "__main__":
    main()
