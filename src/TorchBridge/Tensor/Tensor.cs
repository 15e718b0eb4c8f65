#pragma warning disable CA1816 // Dispose(bool) is TorchSharp's pattern
using TorchSharp.Native;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>
    /// A tensor: a handle to one of libtorch's, released by <see cref="Dispose()"/>, by its dispose scope, or by the garbage collector.
    /// </summary>
    public partial class Tensor : IDisposable
    {
        private static long totalCount;
        private static long peakCount;

        internal nint handle;

        internal Tensor(nint handle, bool register = true)
        {
            this.handle = handle;
            var count = Interlocked.Increment(ref totalCount);
            if (count > peakCount) peakCount = count;
            if (register) OwningDisposeScope = DisposeScopeManager.ThreadSingleton.RegisterOnCurrentDisposeScope(this);
        }

        ~Tensor() => Dispose(false);

        /// <summary>How many tensors this process holds now.</summary>
        public static long TotalCount => totalCount;

        /// <summary>The most tensors this process has held at once.</summary>
        public static long PeakCount => peakCount;

        /// <summary>A name of the user's choosing.</summary>
        public string? name { get; set; }

        /// <summary>True once the tensor is disposed.</summary>
        public bool IsInvalid => handle == 0;

        /// <summary>The native handle.</summary>
        /// <exception cref="InvalidOperationException">The tensor has been disposed.</exception>
        public IntPtr Handle
        {
            get
            {
                var held = handle;
                if (held == 0) ThrowDisposed();
                return held;
            }
        }

        internal DisposeScope? OwningDisposeScope { get; set; }

        /// <summary>Wraps a native handle and takes over its reference.</summary>
        public static Tensor UnsafeCreateTensor(IntPtr handle) => new(handle);

        /// <summary>Releases the tensor; a second call does nothing.</summary>
        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            var held = Interlocked.Exchange(ref handle, 0);
            if (held == 0) return;
            if (disposing)
            {
                DisposeScopeManager.ThreadSingleton.DisposingOnCurrentScope(this);
                OwningDisposeScope?.MarkAsDisposed(this);
            }

            Interlocked.Decrement(ref totalCount);
            NativeMethods.bridge_tensor_free(held);
        }

        /// <summary>Hands the tensor to the scope around its own.</summary>
        public Tensor MoveToOuterDisposeScope()
        {
            OwningDisposeScope?.MoveToOuter(this);
            return this;
        }

        /// <summary>Takes the tensor out of its scope: it then lives until it is disposed or collected.</summary>
        public Tensor DetachFromDisposeScope()
        {
            OwningDisposeScope?.Detach(this);
            return this;
        }

        public Tensor MoveToOtherDisposeScope(Tensor other) => MoveToOtherDisposeScope(other.OwningDisposeScope);

        public Tensor MoveToOtherDisposeScope(DisposeScope? other)
        {
            if (OwningDisposeScope is null && other is not null) other.Attach(this);
            else OwningDisposeScope?.MoveToOther(other, this);
            return this;
        }

        /// <summary>Gives up the native handle without releasing it.</summary>
        public IntPtr DecoupleFromNativeHandle()
        {
            GC.SuppressFinalize(this);
            var held = Interlocked.Exchange(ref handle, 0);
            if (held == 0) ThrowDisposed();
            Interlocked.Decrement(ref totalCount);
            return held;
        }

        public override bool Equals(object? obj) => obj is Tensor other && Equals(other);

        public bool Equals(Tensor target) => Op.Plain("equal(self, other)", this, target).Integer != 0;

        public override int GetHashCode() => base.GetHashCode();

        /// <summary>A tensor that is none: what a custom function's backward gets for an output without a gradient.</summary>
        internal static Tensor Undefined()
        {
            var nothing = new Tensor(0, false);
            GC.SuppressFinalize(nothing);
            Interlocked.Decrement(ref totalCount);
            return nothing;
        }

        // As DecoupleFromNativeHandle, but the tensor stays in its scope, where another takes its place.
        internal nint MoveHandle() => DecoupleFromNativeHandle();

        private static void ThrowDisposed() =>
            throw new InvalidOperationException(
                "Tensor invalid -- empty handle. It was disposed, by itself or with the dispose scope it was made in.");
    }
}
