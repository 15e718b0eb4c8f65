"""The peer of the side by side: the same work in PyTorch eager, and the floors under both sides, in libtorch's own products.

    OPENBLAS_NUM_THREADS=n OMP_NUM_THREADS=n python3 -u side_by_side.py n

Reads one request in JSON a line, and answers each with one line: {"value": …}, or {"error": "…"}. What a request names is made and warmed up once, and
measured once a request, so that the caller can take turns between this process and its own. Written from the mathematics (DeepSeek-V3, arXiv 2412.19437,
and its reference module's loop over the experts), as one writes it in PyTorch.
"""
import functools
import json
import sys
import threading
import time

import torch
import torch.nn.functional as F
from torch import nn

THREADS = int(sys.argv[1])
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


# ---------------------------------------------------------------- PyTorch eager

class Mlp(nn.Module):
    def __init__(self, dim, hidden):
        super().__init__()
        self.gate_proj, self.up_proj = nn.Linear(dim, hidden, bias=False), nn.Linear(dim, hidden, bias=False)
        self.down_proj = nn.Linear(hidden, dim, bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Mixture(nn.Module):
    """DeepSeek-V3's layer: sigmoid scores, a balance bias for selection, groups by their two best, one loop over the experts."""

    def __init__(self, dim, experts, active, shared, hidden, groups=1, kept=1, scale=1.0):
        super().__init__()
        self.active, self.groups, self.kept, self.scale = active, groups, kept, scale
        self.gate = nn.Linear(dim, experts, bias=False)
        self.register_buffer("bias", torch.zeros(experts))
        self.experts = nn.ModuleList(Mlp(dim, hidden) for _ in range(experts))
        self.shared_experts = Mlp(dim, hidden * shared) if shared else None

    def forward(self, x):
        tokens = x.view(-1, x.shape[-1])
        scores = F.linear(tokens.float(), self.gate.weight.float()).sigmoid()
        choice = scores.detach() + self.bias.float()
        if self.groups > 1:
            grouped = choice.view(len(choice), self.groups, -1)
            best = grouped.topk(2, dim=-1).values.sum(-1).topk(self.kept, dim=-1).indices
            closed = torch.ones(grouped.shape[:2], dtype=torch.bool).scatter_(1, best, False)
            choice = grouped.masked_fill(closed.unsqueeze(-1), float("-inf")).flatten(1)
        chosen = choice.topk(self.active, dim=-1).indices
        weights = scores.gather(1, chosen)
        weights = (weights / (weights.sum(-1, keepdim=True) + 1e-20) * self.scale).to(x.dtype)
        y = torch.zeros_like(tokens)
        counts = torch.bincount(chosen.flatten(), minlength=len(self.experts)).tolist()
        for index, expert in enumerate(self.experts):
            if counts[index]:
                token, slot = torch.where(chosen == index)
                y.index_add_(0, token, expert(tokens[token]) * weights[token, slot, None])
        if self.shared_experts is not None:
            y = y + self.shared_experts(tokens)
        return y.view_as(x)


class RmsNorm(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(dim))

    def forward(self, x):
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * self.weight


class Attention(nn.Module):
    def __init__(self, dim, heads, kv_heads, context):
        super().__init__()
        self.heads, self.kv_heads, self.width = heads, kv_heads, dim // heads
        self.q_proj, self.o_proj = nn.Linear(dim, dim, bias=False), nn.Linear(dim, dim, bias=False)
        self.k_proj, self.v_proj = (nn.Linear(dim, kv_heads * self.width, bias=False) for _ in range(2))
        speeds = 10000.0 ** (-torch.arange(0, self.width, 2) / self.width)
        angles = torch.outer(torch.arange(context), speeds).repeat(1, 2)
        self.cos, self.sin = angles.cos(), angles.sin()
        self.future = torch.ones(context, context, dtype=torch.bool).triu(1)

    def rotate(self, x):
        first, second = x.chunk(2, dim=-1)
        return x * self.cos + torch.cat((-second, first), dim=-1) * self.sin

    def forward(self, x):
        batch, length, dim = x.shape
        query, key, value = (
            project(x).view(batch, length, -1, self.width).transpose(1, 2) for project in (self.q_proj, self.k_proj, self.v_proj))
        shared = self.heads // self.kv_heads
        query, key = self.rotate(query), self.rotate(key).repeat_interleave(shared, dim=1)
        scores = (query @ key.transpose(-1, -2)) * self.width ** -0.5
        mixed = scores.masked_fill(self.future, float("-inf")).softmax(-1) @ value.repeat_interleave(shared, dim=1)
        return self.o_proj(mixed.transpose(1, 2).reshape(batch, length, dim))


class Block(nn.Module):
    def __init__(self, model, layer):
        super().__init__()
        dim = model["dim"]
        self.input_norm, self.post_norm = RmsNorm(dim), RmsNorm(dim)
        self.attention = Attention(dim, model["heads"], model["kv_heads"], model["context"])
        self.mlp = Mlp(dim, model["dense_hidden"]) if layer < model["dense_layers"] else Mixture(
            dim, model["experts"], model["active"], model["shared"], model["hidden"], model["groups"], model["top_groups"], model["scale"])

    def forward(self, x):
        x = x + self.attention(self.input_norm(x))
        return x + self.mlp(self.post_norm(x))


class LanguageModel(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.embedding = nn.Embedding(model["vocab"], model["dim"])
        self.blocks = nn.ModuleList(Block(model, layer) for layer in range(model["layers"]))
        self.norm, self.head = RmsNorm(model["dim"]), nn.Linear(model["dim"], model["vocab"], bias=False)
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, std=0.02)

    def forward(self, ids):
        x = self.embedding(ids)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


def clock(work):
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


@functools.lru_cache(maxsize=1)
def layer(tokens, dim, experts, active, shared, hidden, dtype):
    """Forward and backward of one layer, from a gradient that is given; gradients fresh, as after zero_grad(set_to_none)."""
    torch.manual_seed(1)
    module = Mixture(dim, experts, active, shared, hidden).to(DTYPES[dtype])
    x = torch.randn(tokens, dim).to(DTYPES[dtype]).requires_grad_()
    dy = torch.randn(tokens, dim).to(DTYPES[dtype])

    def run():
        module.zero_grad(set_to_none=True)
        x.grad = None
        return clock(lambda: module(x).backward(dy))

    run()
    return run


def training(model, batch):
    torch.manual_seed(1)
    module = LanguageModel(model)
    optimizer = torch.optim.AdamW(module.parameters(), lr=1e-4, betas=(0.9, 0.95), weight_decay=0.1, foreach=True)
    windows = torch.randint(model["vocab"], (batch, model["context"] + 1))

    def step():
        optimizer.zero_grad(set_to_none=True)
        logits = module(windows[:, :-1])
        F.cross_entropy(logits.flatten(0, 1), windows[:, 1:].flatten()).backward()
        nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimizer.step()

    return module, step


@functools.lru_cache(maxsize=1)
def step(model, batch):
    """A whole training step: forward, backward, clipping, AdamW."""
    _, run = training(json.loads(model), batch)
    run()
    return lambda: clock(run)


def step_memory(model, batch):
    """Bytes of resident memory at the step's peak, above what is resident before the first step and the gradients and moments it leaves."""
    module, run = training(json.loads(model), batch)
    before = status("VmRSS")
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the peak begins anew
    for _ in range(3):
        run()
    return status("VmHWM") - before - 3 * sum(parameter.numel() * 4 for parameter in module.parameters())


def status(field):
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith(field))


# ---------------------------------------------------------------- the floors: libtorch's products and nothing else

def side_by_side(halves):
    """Runs two lists of products, (out, a, b) each, on two threads of one torch thread each."""
    def run(products):
        torch.set_num_threads(1)
        with torch.no_grad():
            for out, a, b in products:
                torch.mm(a, b, out=out)

    other = threading.Thread(target=run, args=(halves[1],))
    other.start()
    run(halves[0])
    other.join()


def timed(halves):
    side_by_side(halves)
    return lambda: clock(lambda: side_by_side(halves))


@functools.lru_cache(maxsize=2)
def dense(dtype):
    """The machine's dense rate: two products of 2048 × 2048 × 1024 at the same time, one thread each."""
    matrix = lambda rows, columns: torch.randn(rows, columns).to(DTYPES[dtype])
    return timed([[(matrix(2048, 2048), matrix(2048, 1024), matrix(1024, 2048))] for _ in range(2)])


@functools.lru_cache(maxsize=2)
def single(dtype):
    """One such product on one thread, while the other core has nothing to do."""
    matrix = lambda rows, columns: torch.randn(rows, columns).to(DTYPES[dtype])
    return timed([[(matrix(2048, 2048), matrix(2048, 1024), matrix(1024, 2048))], []])


def feed_forward(rows, dim, hidden, matrix):
    """The products of one SwiGLU, forward and backward, for a block of rows; gate and up are one product."""
    x, gate_up, a, y = matrix(rows, dim), matrix(rows, 2 * hidden), matrix(rows, hidden), matrix(rows, dim)
    w_gate_up, w_down = matrix(2 * hidden, dim), matrix(dim, hidden)
    d_gate_up, d_down = matrix(2 * hidden, dim), matrix(dim, hidden)
    forward = [(gate_up, x, w_gate_up.t()), (y, a, w_down.t())]
    backward = [(a, y, w_down), (x, gate_up, w_gate_up), (d_gate_up, gate_up.t(), x), (d_down, y.t(), a)]
    return forward, backward


@functools.lru_cache(maxsize=1)
def products(tokens, dim, experts, active, shared, hidden, dtype):
    """The layer's own products, preallocated and balanced, experts side by side; the shared ones and the router by halves of their rows."""
    matrix = lambda rows, columns: torch.randn(rows, columns).to(DTYPES[dtype])
    rows, halves = tokens * active // experts, []
    for part in range(2):
        blocks = [feed_forward(rows, dim, hidden, matrix) for _ in range(experts // 2)]
        if shared:
            blocks.append(feed_forward(tokens // 2, dim, hidden * shared, matrix))
        u, logits, router, d_router = matrix(tokens // 2, dim), matrix(tokens // 2, experts), matrix(experts, dim), matrix(experts, dim)
        forward = [(logits, u, router.t())] + [product for block in blocks for product in block[0]]
        backward = [product for block in reversed(blocks) for product in block[1]]
        halves.append(forward + backward + [(u, logits, router), (d_router, logits.t(), u)])
    return timed(halves)


def serve():
    torch.set_num_threads(THREADS)
    timed_work = {"layer": layer, "step": step, "dense": dense, "single": single, "products": products}
    for line in sys.stdin:
        request = json.loads(line)
        work = request.pop("work")
        try:
            torch.set_num_threads(THREADS)
            value = step_memory(**request) if work == "step_memory" else timed_work[work](**request)()
            answer = {"value": value}
        except Exception as failure:  # the caller says it, with the request
            answer = {"error": f"{type(failure).__name__}: {failure}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    serve()
