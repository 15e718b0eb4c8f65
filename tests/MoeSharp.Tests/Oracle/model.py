"""A declared model in plain PyTorch, written from the papers and Hugging Face's formulas, without a look at what MoeSharp generates.

    python3 model.py DIRECTORY...

Each directory holds what MoeSharp wrote:
    config.json         Hugging Face's field names, and those named in `balance_loss`
    model.safetensors   the weights under Hugging Face's names
    windows.txt         a sequence a line: token ids, of which each predicts the one after it; -100 as the last is no target
and gets reference.safetensors, all in float64: `logits` [B·S, vocab], `loss` (nats a predicted token), `balance_loss`, and the gradient of
their sum under the name of every weight. `<layer>.mlp.gate.counts` are the tokens each expert got.
"""
import json
import os
import struct
import sys

import torch
import torch.nn.functional as F

DTYPES = {"F64": torch.float64, "F32": torch.float32, "I64": torch.int64}


def load(path):
    """safetensors: the header's length, the header in JSON, the data."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        flat = torch.frombuffer(bytearray(data[begin:end]), dtype=DTYPES[entry["dtype"]])
        tensors[name] = flat.view(entry["shape"])
    return tensors


def save(path, tensors):
    header, blocks, position = {}, [], 0
    for name, tensor in tensors.items():
        block = tensor.detach().to(torch.float64).contiguous().numpy().tobytes()
        header[name] = {"dtype": "F64", "shape": list(tensor.shape), "data_offsets": [position, position + len(block)]}
        blocks.append(block)
        position += len(block)
    head = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(head)) + head + b"".join(blocks))


def rms_norm(x, weight, eps):
    return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps) * weight


def swiglu(x, weights, prefix):
    gate, up, down = (weights[f"{prefix}.{part}_proj.weight"] for part in ("gate", "up", "down"))
    return (F.silu(x @ gate.T) * (x @ up.T)) @ down.T


def rotate(x, theta):
    """Rotary positions (arXiv 2104.09864) in Hugging Face's layout: element i is paired with i + d/2. x is [B, heads, S, d]."""
    length, width = x.shape[-2:]
    speeds = theta ** (-torch.arange(0, width, 2, dtype=x.dtype) / width)
    angles = torch.outer(torch.arange(length, dtype=x.dtype), speeds)
    angles = torch.cat((angles, angles), dim=-1)
    first, second = x.chunk(2, dim=-1)
    return x * angles.cos() + torch.cat((-second, first), dim=-1) * angles.sin()


def attention(x, weights, prefix, config):
    """Causal grouped-query attention (arXiv 2305.13245): a key and value head serves neighbouring query heads. x is [B, S, D]."""
    batch, length, _ = x.shape
    heads, kv_heads, width = (config[name] for name in ("num_attention_heads", "num_key_value_heads", "head_dim"))

    def project(name, count):
        return (x @ weights[f"{prefix}.{name}_proj.weight"].T).view(batch, length, count, width).transpose(1, 2)

    query = rotate(project("q", heads), config["rope_theta"])
    key = rotate(project("k", kv_heads), config["rope_theta"]).repeat_interleave(heads // kv_heads, dim=1)
    value = project("v", kv_heads).repeat_interleave(heads // kv_heads, dim=1)
    scores = query @ key.transpose(-1, -2) / width ** 0.5
    future = torch.ones(length, length, dtype=torch.bool).triu(1)
    mixed = scores.masked_fill(future, float("-inf")).softmax(-1) @ value
    return mixed.transpose(1, 2).reshape(batch, length, heads * width) @ weights[f"{prefix}.o_proj.weight"].T


def select(scores, bias, config):
    """The experts of each token. The bias counts here alone; groups are judged as DeepSeek-V3 does with a bias and V2 without."""
    choice = scores if bias is None else scores + bias
    groups, kept = config["n_group"], config["topk_group"]
    if kept < groups:
        grouped = choice.view(len(choice), groups, -1)
        judged = grouped.amax(-1) if bias is None else grouped.topk(2, dim=-1).values.sum(-1)
        eligible = torch.zeros_like(judged, dtype=torch.bool).scatter(1, judged.topk(kept, dim=-1).indices, True)
        choice = grouped.masked_fill(~eligible.unsqueeze(-1), float("-inf")).flatten(1)
    return choice.topk(config["num_experts_per_tok"], dim=-1).indices


def frequencies(chosen, experts):
    """f_i = N/(K·T) · the tokens that chose i; chosen is [T, K]."""
    return torch.bincount(chosen.flatten(), minlength=experts).double() * experts / chosen.numel()


def balance_loss(scores, chosen, sequences, config):
    """α·Σ f_i·P_i: over the batch with what was chosen (arXiv 2401.06066 eq. 12-14, `expert_balance_alpha`), and the mean over sequences of the
    same with the top K of the bare scores (2412.19437 eq. 17-20, `sequence_balance_alpha`). Scores are made shares first; those of a softmax are."""
    experts, active = config["n_routed_experts"], config["num_experts_per_tok"]
    shares = scores / scores.sum(-1, keepdim=True)
    loss = config.get("expert_balance_alpha", 0.0) * (frequencies(chosen, experts) * shares.mean(0)).sum()
    best = scores.topk(active, dim=-1).indices
    parts = zip(best.chunk(sequences), shares.chunk(sequences))
    within = [(frequencies(ids, experts) * share.mean(0)).sum() for ids, share in parts]
    return loss + config.get("sequence_balance_alpha", 0.0) * torch.stack(within).mean()


def mixture(x, weights, prefix, config):
    """x is [B, S, D]. Returns the output, the balance loss and the experts' counts."""
    tokens = x.flatten(0, 1)
    logits = tokens @ weights[f"{prefix}.gate.weight"].T
    scores = logits.sigmoid() if config["scoring_func"] == "sigmoid" else logits.softmax(-1)
    bias = weights.get(f"{prefix}.gate.e_score_correction_bias")
    chosen = select(scores.detach(), bias, config)
    gates = scores.gather(1, chosen)
    if config["norm_topk_prob"]:
        gates = gates / (gates.sum(-1, keepdim=True) + 1e-20)
    gates = gates * config["routed_scaling_factor"]

    output = torch.zeros_like(tokens)
    for expert in range(config["n_routed_experts"]):
        token, place = (chosen == expert).nonzero(as_tuple=True)
        routed = swiglu(tokens[token], weights, f"{prefix}.experts.{expert}") * gates[token, place].unsqueeze(-1)
        output = output.index_add(0, token, routed)
    if config["n_shared_experts"]:
        output = output + swiglu(tokens, weights, f"{prefix}.shared_experts")
    counts = torch.bincount(chosen.flatten(), minlength=config["n_routed_experts"])
    return output.view_as(x), balance_loss(scores, chosen, len(x), config), counts


def forward(ids, weights, config):
    """ids is [B, S]. Returns the logits [B·S, vocab], the sum of the layers' balance losses, and the counts by their gate's name."""
    eps, balance, counts = config["rms_norm_eps"], torch.zeros((), dtype=torch.float64), {}
    x = weights["model.embed_tokens.weight"][ids]
    for layer in range(config["num_hidden_layers"]):
        prefix = f"model.layers.{layer}"
        x = x + attention(rms_norm(x, weights[f"{prefix}.input_layernorm.weight"], eps), weights, f"{prefix}.self_attn", config)
        normed = rms_norm(x, weights[f"{prefix}.post_attention_layernorm.weight"], eps)
        if "n_routed_experts" in config and layer >= config["first_k_dense_replace"]:
            output, loss, counts[f"{prefix}.mlp.gate.counts"] = mixture(normed, weights, f"{prefix}.mlp", config)
            balance = balance + loss
        else:
            output = swiglu(normed, weights, f"{prefix}.mlp")
        x = x + output
    head = weights["model.embed_tokens.weight" if config["tie_word_embeddings"] else "lm_head.weight"]
    return (rms_norm(x, weights["model.norm.weight"], eps) @ head.T).flatten(0, 1), balance, counts


def run(directory):
    with open(os.path.join(directory, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
    with open(os.path.join(directory, "windows.txt"), encoding="utf-8") as file:
        windows = torch.tensor([[int(token) for token in line.split()] for line in file])
    weights = {name: tensor.double() for name, tensor in load(os.path.join(directory, "model.safetensors")).items()}
    trained = {name: tensor.requires_grad_() for name, tensor in weights.items() if not name.endswith("e_score_correction_bias")}

    logits, balance, counts = forward(windows[:, :-1], weights, config)
    loss = F.cross_entropy(logits, windows[:, 1:].flatten(), ignore_index=-100)
    (loss + balance).backward()
    gradients = {name: torch.zeros_like(leaf) if leaf.grad is None else leaf.grad for name, leaf in trained.items()}
    results = {"logits": logits, "loss": loss, "balance_loss": balance, **counts, **gradients}
    save(os.path.join(directory, "reference.safetensors"), results)


for each in sys.argv[1:]:
    run(each)
