using TorchSharp.Modules;
using TorchSharp.Utils;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>A part of a model: parameters, buffers and modules by name, and what is done to all of them.</summary>
        public partial class Module : IDisposable
        {
            protected DeviceType _deviceType = DeviceType.CPU;
            protected int _deviceIndex = -1;
            protected OrderedDict<string, Module> _internal_submodules = new();
            protected OrderedDict<string, (Tensor, bool)> _internal_buffers = new();
            protected OrderedDict<string, Parameter> _internal_params = new();
            protected string? name;

            private bool isTraining = true;
            private bool isDisposed;

            protected Module(string name) => this.name = name;

            ~Module() => Dispose(false);

            public virtual bool training => isTraining;

            internal bool IsDisposed => isDisposed;

            /// <summary>Disposes the parameters, buffers and modules.</summary>
            public void Dispose()
            {
                Dispose(true);
                GC.SuppressFinalize(this);
            }

            protected virtual void Dispose(bool disposing)
            {
                if (!disposing || isDisposed) return;
                isDisposed = true;
                foreach (var (_, buffer) in _internal_buffers.Values.ToList().Select(entry =>
                    ("", entry.Item1))) buffer.DetachFromDisposeScope().Dispose();
                foreach (var parameter in _internal_params.Values.ToList()) parameter.DetachFromDisposeScope().Dispose();
                foreach (var module in _internal_submodules.Values.ToList()) module.Dispose();
            }

            /// <summary>Calls the function on every module below this one, then on this one.</summary>
            public virtual Module apply(Action<Module> fn)
            {
                foreach (var (_, module) in _internal_submodules) module.apply(fn);
                fn(this);
                return this;
            }

            public virtual void train(bool train = true)
            {
                isTraining = train;
                foreach (var (_, module) in named_children()) module.train(train);
            }

            public virtual void eval() => train(false);

            public virtual void zero_grad(bool set_to_none = true)
            {
                foreach (var (_, parameter) in named_parameters())
                {
                    using var gradient = parameter.grad;
                    if (gradient is null) continue;
                    if (set_to_none) parameter.grad = null;
                    else gradient.zero_();
                }
            }

            public virtual string GetName() => string.IsNullOrEmpty(name) ? GetType().Name : name;

            protected static (Device device, ScalarType dtype) GetDefaultDeviceAndType(Device? device = null, ScalarType? dtype = null) =>
                (device ?? get_default_device(), dtype ?? get_default_dtype());

            internal T MoveModule<T>(Device? device, ScalarType? dtype) where T : Module =>
                (device, dtype) switch
                {
                    (not null, not null) => (T)_to(device, dtype.Value, false),
                    (not null, null) => (T)_to(device.type, device.index, false),
                    (null, not null) => (T)_to(dtype.Value, false),
                    _ => (T)this,
                };

            protected void ClearModules() => _internal_submodules.clear();
        }
    }
}
