using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>What a tensor is: shape, strides, type, place.</summary>
    public unsafe partial class Tensor
    {
        public long Dimensions => Read(NativeMethods.bridge_tensor_dim(Handle));

        public long ndim => Dimensions;

        public long NumberOfElements => Read(NativeMethods.bridge_tensor_numel(Handle));

        public long ElementSize => Read(NativeMethods.bridge_tensor_item_size(Handle));

        public bool is_cuda => device_type == DeviceType.CUDA;

        public bool is_meta => device_type == DeviceType.META;

        public bool is_leaf => Read(NativeMethods.bridge_tensor_is_leaf(Handle)) != 0;

        public bool is_sparse => Read(NativeMethods.bridge_tensor_is_sparse(Handle)) != 0;

        public ScalarType dtype => (ScalarType)Read(NativeMethods.bridge_tensor_dtype(Handle));

        public DeviceType device_type => (DeviceType)Read(NativeMethods.bridge_tensor_device_type(Handle));

        public int device_index => Read(NativeMethods.bridge_tensor_device_index(Handle));

        public Device device => device_type is var type && type == DeviceType.CPU ? new Device(DeviceType.CPU) : new Device(type, device_index);

        public long[] shape => size();

        public long dim() => Dimensions;

        public long numel() => NumberOfElements;

        public long element_size() => ElementSize;

        public long storage_offset() => Read(NativeMethods.bridge_tensor_storage_offset(Handle));

        public bool is_contiguous() => Read(NativeMethods.bridge_tensor_is_contiguous(Handle)) != 0;

        public bool is_cpu() => device_type == DeviceType.CPU;

        public bool is_integral() => torch.is_integral(dtype);

        public bool is_floating_point() => torch.is_floating_point(dtype);

        public bool is_complex() => torch.is_complex(dtype);

        public bool is_nonzero()
        {
            if (numel() != 1) throw new InvalidOperationException("is_nonzero() called on non-singleton tensor");
            return Op.Plain("is_nonzero(self)", this).Integer != 0;
        }

        public long[] size()
        {
            var sizes = new long[Dimensions];
            fixed (long* target = sizes) NativeMethods.bridge_tensor_sizes(Handle, target);
            return Read(sizes);
        }

        public long size(int dim) => size()[Wrap(dim)];

        public long[] stride()
        {
            var strides = new long[Dimensions];
            fixed (long* target = strides) NativeMethods.bridge_tensor_strides(Handle, target);
            return Read(strides);
        }

        public long stride(int dim) => stride()[Wrap(dim)];

        // Keeps the tensor alive over the native read whose result it returns.
        private T Read<T>(T value)
        {
            GC.KeepAlive(this);
            return value;
        }

        private long Wrap(int dim)
        {
            var rank = Dimensions;
            if (dim < -rank || dim >= rank) throw new IndexOutOfRangeException($"Dimension {dim} of a tensor that has {rank}.");
            return dim < 0 ? dim + rank : dim;
        }
    }
}
