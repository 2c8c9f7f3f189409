"""A GPU that is none, for tests of what the host does: tensors that say cuda:0 and compute on the CPU.

    with FakeGpu() as gpu:
        ...  # torch.cuda is available, the device "cuda" works, and there is no autograd

Real numbers come out, by the CPU's kernels, and what a real card refuses or punishes fails here, too:

- tensors of two devices in one operation, and NumPy on what lies on the card;
- allocations beyond the free memory (`free_bytes`);
- copies from pinned memory that are not waited for: they happen as late as they may (fake_streams.py);
- in a recorded step: looking at a number, copying from or to the host. A replay repeats the operations on
  the recorded tensors, so what Python computed while recording stays as it was.

Not shown: speed, rounding of tensor cores, memory that is handed out again too early.
"""

import contextlib
from dataclasses import dataclass, field
from types import SimpleNamespace

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves, tree_map

from tests.helpers.fake_streams import FakeEvent, FakeGraph, FakeStream, Recorder

aten = torch.ops.aten
CUDA = torch.device("cuda", 0)
PRODUCTS = {aten.mm, aten.addmm, aten.bmm, aten.baddbmm}
GIVES_A_NUMBER = {aten._local_scalar_dense, aten.equal, aten.is_nonzero}
WAITS = GIVES_A_NUMBER | {aten.nonzero}  # its result's size is a number of the card


class OnFakeGpu(torch.Tensor):
    """A tensor on cuda:0 whose numbers are those of `inner`, on the CPU."""

    inner: torch.Tensor

    @staticmethod
    def __new__(cls, inner: torch.Tensor):
        layout = {"strides": inner.stride(), "storage_offset": inner.storage_offset(), "dtype": inner.dtype}
        made = torch.Tensor._make_wrapper_subclass(cls, inner.size(), device=CUDA, **layout)
        made.inner = inner
        return made

    @classmethod
    def __torch_dispatch__(cls, func, types, args=(), kwargs=None):
        raise RuntimeError(f"{func} on a tensor of a fake GPU that is no longer there")

    def numpy(self, *args, **kwargs):
        raise TypeError("can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu() first")


@dataclass
class FakeGpu(contextlib.AbstractContextManager):
    """What the host sees of a machine with `devices` GPUs, and afterwards what was done on them.

    products : (format, shapes of the factors) of every matrix product that the host launched
    copied_bytes : from the host to the card and back
    waits : how often the host waited for a number of the card
    """

    devices: int = 1
    free_bytes: int = 80 << 30
    capability: tuple[int, int] = (9, 0)
    uuids: list[str] | None = None
    products: list[tuple] = field(default_factory=list)
    copied_bytes: dict[str, int] = field(default_factory=lambda: {"to": 0, "from": 0})
    waits: int = 0
    pinned: set[int] = field(default_factory=set)
    recorder: Recorder | None = None

    def __enter__(self):
        self.main = self.stream = FakeStream(self)
        self._stack = contextlib.ExitStack()
        for name, value in self._cuda().items():
            self._stack.enter_context(replaced(torch.cuda, name, value))
        self._stack.enter_context(
            replaced(torch.Tensor, "is_pinned", lambda own: own.data_ptr() in self.pinned)
        )
        self._stack.enter_context(replaced(torch.Tensor, "pin_memory", lambda own: self.pin(own)))
        # Without a real device torch's autograd ends the whole process; and a module on its way to the card
        # must get new parameters, not the old ones with other content.
        self._stack.enter_context(torch.no_grad())
        self._stack.enter_context(replaced(torch, "inference_mode", torch.no_grad))
        overwrite = "get_overwrite_module_params_on_conversion"
        self._stack.enter_context(replaced(torch.__future__, overwrite, lambda: True))
        # torch.tensor(1.0, device="cuda") is to begin on the CPU.
        self._stack.callback(torch._C._set_only_lift_cpu_tensors, torch._C._only_lift_cpu_tensors())
        torch._C._set_only_lift_cpu_tensors(True)
        self._stack.enter_context(_Operations(self))
        self._stack.enter_context(_Calls(self))
        return self

    def __exit__(self, *error):
        self._stack.close()

    def _cuda(self) -> dict[str, object]:
        """What stands in for the functions of torch.cuda."""
        uuids = self.uuids or [f"GPU-{number}" for number in range(self.devices)]
        named = [SimpleNamespace(uuid=uuid, name="fake", total_memory=self.free_bytes) for uuid in uuids]
        return {
            "_lazy_init": lambda: None,
            "is_available": lambda: True,
            "device_count": lambda: self.devices,
            "set_device": lambda device: None,
            "get_device_properties": lambda number=0: named[number],
            "get_device_name": lambda device=None: "fake",
            "get_device_capability": lambda device=None: self.capability,
            "mem_get_info": lambda device=None: (self.free_bytes, self.free_bytes),
            "synchronize": lambda device=None: self.main.synchronize(),
            "current_stream": lambda device=None: self.stream,
            "Stream": lambda device=None: FakeStream(self),
            "stream": self.on_stream,
            "Event": lambda **options: FakeEvent(self),
            "CUDAGraph": lambda: FakeGraph(self),
            "graph": lambda graph, **options: graph.recording(),
        }  # fmt: skip

    @contextlib.contextmanager
    def on_stream(self, stream: FakeStream):
        """Let operations go to another stream."""
        before, self.stream = self.stream, stream
        yield
        self.stream = before

    def pin(self, tensor: torch.Tensor) -> torch.Tensor:
        """A copy in memory that the card can read by itself."""
        copy = tensor.clone()
        self.pinned.add(copy.data_ptr())
        return copy

    def run(self, func, args, kwargs):
        """Do one operation of PyTorch's, on the CPU."""
        tensors = [each for each in tree_leaves((args, kwargs)) if isinstance(each, torch.Tensor)]
        on_gpu = [each for each in tensors if isinstance(each, OnFakeGpu)]
        kwargs, device = dict(kwargs), kwargs.get("device")
        packet = func.overloadpacket
        if device is not None and torch.device(device).type != "meta":
            kwargs["device"] = torch.device("cpu")
        to_gpu = bool(on_gpu) if device is None else torch.device(device).type == "cuda"
        if packet in (aten.copy_, aten._to_copy):
            return self._copy(func, args, kwargs, to_gpu)
        if kwargs.pop("pin_memory", False):
            return self.pin(func(*args, **kwargs))
        if on_gpu:
            self._check(packet, tensors)
            self.stream.catch_up()
        inner_args, inner_kwargs = tree_map(_inner, (args, kwargs))
        if packet in PRODUCTS and on_gpu:
            factors = [each for each in inner_args if isinstance(each, torch.Tensor)][-2:]
            self.products.append((factors[0].dtype, [tuple(each.shape) for each in factors]))
        result = self._done(func, inner_args, inner_kwargs, to_gpu)
        if to_gpu and not on_gpu:
            self._allocate(result)
        return self._wrapped(func, args, kwargs, result) if to_gpu else result

    def _done(self, func, args, kwargs, on_gpu: bool):
        if self.recorder is not None and on_gpu:
            return self.recorder.record(func, args, kwargs)
        return func(*args, **kwargs)

    def _wrapped(self, func, args, kwargs, result):
        """Results as tensors on the card; what was changed in place is the tensor that it was."""
        if func.overloadpacket in GIVES_A_NUMBER:
            return result
        leaves = tree_leaves((args, kwargs))
        known = {id(each.inner): each for each in leaves if isinstance(each, OnFakeGpu)}

        def wrapped(value):
            is_tensor = isinstance(value, torch.Tensor)
            return (known[id(value)] if id(value) in known else OnFakeGpu(value)) if is_tensor else value

        return tree_map(wrapped, result)

    def _check(self, packet, tensors) -> None:
        """Raise what PyTorch raises for operands that don't lie together, or can't be looked at now."""
        if packet in WAITS:
            if self.recorder is not None:
                raise RuntimeError("operation not permitted when stream is capturing")
            self.waits += 1
        strangers = [each for each in tensors if not isinstance(each, OnFakeGpu) and each.dim()]
        if strangers:
            raise RuntimeError(
                f"{packet}: Expected all tensors to be on the same device, found cuda:0 and cpu"
            )

    def _copy(self, func, args, kwargs, to_gpu: bool):
        """Copies between host and card, of which those from pinned memory may come late."""
        in_place = func.overloadpacket is aten.copy_
        target, source = (args[0], args[1]) if in_place else (None, args[0])
        from_gpu = isinstance(source, OnFakeGpu)
        to_gpu = isinstance(target, OnFakeGpu) if in_place else to_gpu
        crosses = from_gpu != to_gpu
        if crosses and self.recorder is not None and source.dim():
            raise RuntimeError("operation not permitted when stream is capturing")
        if crosses:
            self.copied_bytes["to" if to_gpu else "from"] += source.numel() * source.element_size()
        late = kwargs.get("non_blocking", args[2] if in_place and len(args) > 2 else False)
        if from_gpu or to_gpu:
            self.stream.catch_up()
        self.waits += from_gpu and not to_gpu
        inner_args, inner_kwargs = tree_map(_inner, (args, kwargs))
        if crosses and to_gpu and late and source.is_pinned():
            result = self._late_copy(func, inner_args, inner_kwargs, in_place)
        else:
            result = self._done(func, inner_args, inner_kwargs, to_gpu and not crosses)
        if not to_gpu:
            return target if in_place else result
        if not in_place:
            self._allocate(result)
        return target if in_place else OnFakeGpu(result)

    def _late_copy(self, func, args, kwargs, in_place: bool) -> torch.Tensor:
        """A copy that has not come yet: until the stream goes on, the target holds nothing of use."""
        result = args[0] if in_place else torch.empty_like(func(*args, **kwargs))
        result.fill_(float("nan") if result.dtype.is_floating_point else -(1 << 6))
        source = args[1] if in_place else args[0]
        self.stream.later(lambda: result.copy_(source))
        return result

    def _allocate(self, result) -> None:
        for each in tree_leaves(result):
            if isinstance(each, torch.Tensor) and each.numel() * each.element_size() > self.free_bytes:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate too much.\nAnd more.")


def _inner(value):
    return value.inner if isinstance(value, OnFakeGpu) else value


@contextlib.contextmanager
def replaced(owner, name: str, value):
    """Let `owner` have another attribute for a while."""
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


class _Operations(TorchDispatchMode):
    """Hands PyTorch's operations to a fake GPU."""

    def __init__(self, gpu: FakeGpu):
        super().__init__()
        self.gpu = gpu

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return self.gpu.run(func, args, kwargs or {})


class _Calls(TorchFunctionMode):
    """What a PyTorch without CUDA can't do by itself: find the device's number, index, copy, make lists."""

    def __init__(self, gpu: FakeGpu):
        super().__init__()
        self.gpu = gpu

    def __torch_function__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        if func is not torch.device:
            args, kwargs = tree_map(_numbered, (args, kwargs))
        if func is torch.Tensor.__getitem__ and isinstance(args[0], OnFakeGpu):
            if picks := _picks(args[1]):
                return self.gpu.run(aten.index.Tensor, (args[0], picks), {})
            return _item(*args)
        if func is torch.Tensor.__setitem__ and isinstance(args[0], OnFakeGpu):
            if picks := _picks(args[1]):
                return self.gpu.run(aten.index_put_.default, (args[0], picks, args[2]), {})
            is_tensor = isinstance(args[2], torch.Tensor)
            change = aten.copy_.default if is_tensor else aten.fill_.Scalar
            return self.gpu.run(change, (_item(*args[:2]), args[2]), {})
        if func is torch.Tensor.tolist and isinstance(args[0], OnFakeGpu):
            return args[0].cpu().tolist()
        if func is torch.Tensor.to and isinstance(args[1], OnFakeGpu):
            form = {"dtype": args[1].dtype, "device": CUDA}
            return self.gpu.run(aten._to_copy.default, args[:1], form)
        if func is torch.as_tensor and isinstance(args[0], OnFakeGpu):
            return args[0]
        if func is torch.Tensor.nonzero:
            return self.gpu.run(aten.nonzero.default, args, {})
        if func is torch.Tensor.copy_:
            return self.gpu.run(aten.copy_.default, args, kwargs)
        return func(*args, **kwargs)


def _numbered(value):
    """`cuda`, as a name or a device, with its number; all else as it is."""
    named = value == "cuda" if isinstance(value, str) else isinstance(value, torch.device)
    return CUDA if named and torch.device(value).type == "cuda" else value


def _picks(index) -> list[torch.Tensor]:
    """The tensors of an index that consists of such; none of any other."""
    parts = index if isinstance(index, tuple) else (index,)
    return list(parts) if all(isinstance(part, torch.Tensor) for part in parts) else []


def _item(tensor: OnFakeGpu, index) -> torch.Tensor:
    """Tensor[index] by numbers and slices, as a view, and by one-dimensional tensors among them."""
    parts = index if isinstance(index, tuple) else (index,)
    dimension, found = 0, tensor
    for number, part in enumerate(parts):
        if part is Ellipsis:
            dimension = found.dim() - (len(parts) - number - 1)
        elif part is None:
            found, dimension = found.unsqueeze(dimension), dimension + 1
        elif isinstance(part, slice):
            found, dimension = (
                aten.slice(found, dimension, part.start, part.stop, part.step or 1),
                dimension + 1,
            )
        elif isinstance(part, torch.Tensor):
            found, dimension = found.index_select(dimension, part), dimension + 1
        else:
            found = found.select(dimension, part)
    return found
