using TorchSharp.Native;
using TorchSharp.Utils;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A tensor's elements, seen from .NET.</summary>
    public unsafe partial class Tensor
    {
        /// <summary>The elements as bytes, in place. The span does not keep the tensor alive.</summary>
        /// <exception cref="InvalidOperationException">The tensor is not contiguous, or not on the CPU.</exception>
        /// <exception cref="ArgumentException">More than 2 GiB.</exception>
        public Span<byte> bytes
        {
            get
            {
                var total = NumberOfElements * ElementSize;
                if (!is_contiguous()) throw new InvalidOperationException("Bytes() called on non-contiguous tensor.");
                if (total > int.MaxValue) throw new ArgumentException("Span only supports up to int.MaxValue elements.");
                if (device_type != DeviceType.CPU)
                    throw new InvalidOperationException(
                        "Reading data from non-CPU memory is not supported. Move or copy the tensor to the cpu before reading.");
                return new Span<byte>(Data(), (int)total);
            }

            set
            {
                if (!is_contiguous()) throw new InvalidOperationException("SetBytes() called on non-contiguous tensor.");
                if (NumberOfElements * ElementSize != value.Length) throw new ArgumentException("Mismatched data sizes in SetBytes().");
                value.CopyTo(new Span<byte>(Data(), value.Length));
                GC.KeepAlive(this);
            }
        }

        /// <summary>The elements, copied to the CPU first if they are elsewhere.</summary>
        /// <exception cref="ArgumentException">The tensor's elements are not of type <typeparamref name="T"/>.</exception>
        public TensorAccessor<T> data<T>() where T : unmanaged
        {
            ValidateType(typeof(T));
            return new TensorAccessor<T>(device_type == DeviceType.CPU ? this : cpu());
        }

        public T item<T>() where T : unmanaged
        {
            if (NumberOfElements != 1) throw new ArgumentException("Number of elements in the tensor must be 1");
            return data<T>()[0];
        }

        public Scalar ToScalar() => Scalar.Of(Op.Plain("item(self)", this));

        public float ReadCpuSingle(long i) => data<float>()[i];

        public double ReadCpuDouble(long i) => data<double>()[i];

        public int ReadCpuInt32(long i) => data<int>()[i];

        public long ReadCpuInt64(long i) => data<long>()[i];

        public byte ReadCpuByte(long i) => data<byte>()[i];

        public bool ReadCpuBool(long i) => data<bool>()[i];

        internal void* Data()
        {
            void* data;
            NativeMethods.Check(Read(NativeMethods.bridge_tensor_data(Handle, &data)));
            return data;
        }

        internal void ValidateType(Type dotnetType)
        {
            if (dtype == ScalarType.BFloat16) throw new ArgumentException($"No support for {dtype} in TorchSharp");
            if (dtype.IsComplex() || ScalarTypes.Of(dotnetType) != dtype)
                throw new ArgumentException($"{dotnetType.Name} is not compatible with {dtype}");
        }
    }
}
