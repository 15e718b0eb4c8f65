using TorchSharp.Modules;
using TorchSharp.Utils;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>
        /// Moves between devices and element types. Parameters and buffers are replaced by new ones, in the fields that hold them too.
        /// </summary>
        public partial class Module
        {
            protected internal virtual Module _to(Device device, ScalarType dtype, bool non_blocking)
            {
                ThrowIfNotFloating(dtype);
                InitializeDeviceType(device.type);
                if (device.type != DeviceType.CUDA) device = new Device(device.type);
                _toEpilog(device, dtype, non_blocking);
                return this;
            }

            protected internal virtual Module _to(DeviceType deviceType, int deviceIndex, bool non_blocking)
            {
                InitializeDeviceType(deviceType);
                if (deviceType != DeviceType.CUDA) deviceIndex = -1;
                if (deviceType != _deviceType || deviceIndex != _deviceIndex) _toEpilog(deviceType, deviceIndex, non_blocking);
                return this;
            }

            protected internal virtual Module _to(ScalarType dtype, bool non_blocking)
            {
                ThrowIfNotFloating(dtype);
                _toEpilog(dtype, non_blocking);
                return this;
            }

            public Module _to(Tensor other, bool non_blocking)
            {
                _to(other.dtype, non_blocking);
                return _to(other.device_type, other.device_index, non_blocking);
            }

            protected void _toEpilog(ScalarType dtype, bool non_blocking) => _toEpilog(dtype, null, non_blocking);

            protected void _toEpilog(Device device, ScalarType dtype, bool non_blocking) => _toEpilog(dtype, device, non_blocking);

            protected void _toEpilog(DeviceType deviceType, int deviceIndex, bool non_blocking) =>
                _toEpilog(null, new Device(deviceType, deviceIndex), non_blocking);

            protected virtual void _toEpilog(ScalarType? dtype, Device? device, bool non_blocking)
            {
                if (dtype is null && device is null) throw new ArgumentNullException($"{nameof(dtype)} and {nameof(device)} are both null,");
                foreach (var (_, module) in named_children()) module.MoveModule<Module>(device, dtype);

                var fields = Fields(GetType()).ToDictionary(field => field.ComponentName());
                var properties = GetType().GetProperties().ToDictionary(property => property.Name);
                foreach (var (key, parameter) in named_parameters(false).ToList())
                {
                    if (!ReplaceParameter(dtype, device, parameter, out var replacement)) continue;
                    if (properties.TryGetValue(key, out var property))
                    {
                        property.SetValue(this, replacement);
                        continue;
                    }

                    parameter.Dispose();
                    ConditionallyRegisterParameter(key, replacement);
                    if (fields.TryGetValue(key, out var field)) field.SetValue(this, replacement);
                }

                foreach (var (key, buffer) in named_buffers(false).ToList())
                {
                    if (!ReplaceBuffer(dtype, device, buffer, out var replacement)) continue;
                    if (properties.TryGetValue(key, out var property))
                    {
                        property.SetValue(this, replacement);
                        continue;
                    }

                    ConditionallyRegisterBuffer(key, replacement);
                    if (fields.TryGetValue(key, out var field)) field.SetValue(this, replacement);
                }

                if (device is null) return;
                (_deviceType, _deviceIndex) = (device.type, device.index);
            }

            /// <summary>
            /// Moves a buffer and disposes the old one; false when it already is what is asked for. Only floating-point buffers change type.
            /// </summary>
            protected static bool ReplaceBuffer(ScalarType? dtype, Device? device, Tensor buffer, out Tensor? result)
            {
                result = null;
                if (!WillCopy(buffer, dtype ?? buffer.dtype, device ?? buffer.device)) return false;
                result = buffer.to(Floating(buffer, dtype), device ?? buffer.device, disposeAfter: true).DetachFromDisposeScope();
                return true;
            }

            /// <summary>
            /// Moves a parameter and its gradient; false when both already are what is asked for. The old parameter stays as it was.
            /// </summary>
            protected static bool ReplaceParameter(ScalarType? dtype, Device? device, Parameter param, out Parameter? p)
            {
                p = null;
                using var gradient = param.grad;
                var place = device ?? param.device;
                if (!WillCopy(param, dtype ?? param.dtype, place) && (gradient is null || !WillCopy(gradient, dtype ?? param.dtype,
                    place))) return false;
                var type = Floating(param, dtype);
                using var noGrad = no_grad();
                p = new Parameter(param.to(type, place), param.requires_grad);
                p.DetachFromDisposeScope();
                if (gradient is null) return true;
                using var moved = gradient.to(type, place).with_requires_grad(gradient.requires_grad);
                p.grad = moved;
                return true;
            }

            private static bool WillCopy(Tensor tensor, ScalarType dtype, Device device) =>
                tensor.dtype != dtype || tensor.device_type != device.type || (device.index != -1 && tensor.device_index != device.index);

            private static ScalarType Floating(Tensor tensor, ScalarType? dtype) =>
                dtype is ScalarType type && (tensor.is_floating_point() || tensor.is_complex()) ? type : tensor.dtype;

            private static void ThrowIfNotFloating(ScalarType dtype)
            {
                if (!dtype.IsFloatingPoint() && !dtype.IsComplex())
                    throw new ArgumentException($"nn.Module.to only accepts floating point or complex types, but got desired dtype={dtype}");
            }
        }
    }
}
