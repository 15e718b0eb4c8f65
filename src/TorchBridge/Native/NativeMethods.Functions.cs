using System.Runtime.InteropServices;

namespace TorchSharp.Native;

/// <summary>The functions' declarations. Those that only read a field skip the garbage collector's transition.</summary>
internal static unsafe partial class NativeMethods
{
    [DllImport(Library, ExactSpelling = true)]
    public static extern byte* bridge_version();

    [DllImport(Library, ExactSpelling = true)]
    public static extern byte* bridge_last_error();

    [DllImport(Library, ExactSpelling = true)]
    public static extern nint bridge_take_managed_error();

    [DllImport(Library, ExactSpelling = true)]
    public static extern int bridge_get_num_threads();

    [DllImport(Library, ExactSpelling = true)]
    public static extern int bridge_set_num_threads(int count);

    [DllImport(Library, ExactSpelling = true)]
    public static extern int bridge_get_num_interop_threads();

    [DllImport(Library, ExactSpelling = true)]
    public static extern int bridge_set_num_interop_threads(int count);

    [DllImport(Library, ExactSpelling = true), SuppressGCTransition]
    public static extern int bridge_grad_enabled();

    [DllImport(Library, ExactSpelling = true), SuppressGCTransition]
    public static extern void bridge_set_grad_enabled(int enabled);

    [DllImport(Library, ExactSpelling = true)]
    public static extern int bridge_inference_mode_enabled();

    [DllImport(Library, ExactSpelling = true)]
    public static extern nint bridge_inference_mode_enter(int enabled);

    [DllImport(Library, ExactSpelling = true)]
    public static extern void bridge_inference_mode_leave(void* guard);

    [DllImport(Library, ExactSpelling = true)]
    public static extern int bridge_anomaly_enabled();

    [DllImport(Library, ExactSpelling = true)]
    public static extern int bridge_anomaly_checks_nan();

    [DllImport(Library, ExactSpelling = true)]
    public static extern void bridge_set_anomaly(int enabled, int checkNan);

    [DllImport(Library, ExactSpelling = true)]
    public static extern int bridge_cuda_device_count();

    [DllImport(Library, ExactSpelling = true)]
    public static extern int bridge_get_default_dtype();

    [DllImport(Library, ExactSpelling = true)]
    public static extern int bridge_set_default_dtype(int dtype);

    [DllImport(Library, ExactSpelling = true)]
    public static extern int bridge_find_operator(byte* name, byte* overload, byte** arguments, int count, nint* result);

    [DllImport(Library, ExactSpelling = true)]
    public static extern int bridge_call(nint op, Value* arguments, Value* results, int capacity, int* count);

    [DllImport(Library, ExactSpelling = true)]
    public static extern void bridge_free_array(void* array);

    [DllImport(Library, ExactSpelling = true)]
    public static extern void bridge_tensor_free(nint tensor);

    [DllImport(Library, ExactSpelling = true), SuppressGCTransition]
    public static extern long bridge_tensor_dim(nint tensor);

    [DllImport(Library, ExactSpelling = true), SuppressGCTransition]
    public static extern long bridge_tensor_numel(nint tensor);

    [DllImport(Library, ExactSpelling = true), SuppressGCTransition]
    public static extern long bridge_tensor_storage_offset(nint tensor);

    [DllImport(Library, ExactSpelling = true), SuppressGCTransition]
    public static extern int bridge_tensor_dtype(nint tensor);

    [DllImport(Library, ExactSpelling = true), SuppressGCTransition]
    public static extern long bridge_tensor_item_size(nint tensor);

    [DllImport(Library, ExactSpelling = true), SuppressGCTransition]
    public static extern int bridge_tensor_device_type(nint tensor);

    [DllImport(Library, ExactSpelling = true), SuppressGCTransition]
    public static extern int bridge_tensor_device_index(nint tensor);

    [DllImport(Library, ExactSpelling = true), SuppressGCTransition]
    public static extern int bridge_tensor_is_contiguous(nint tensor);

    [DllImport(Library, ExactSpelling = true)]
    public static extern int bridge_tensor_is_sparse(nint tensor);

    [DllImport(Library, ExactSpelling = true), SuppressGCTransition]
    public static extern int bridge_tensor_requires_grad(nint tensor);

    [DllImport(Library, ExactSpelling = true), SuppressGCTransition]
    public static extern int bridge_tensor_is_leaf(nint tensor);

    [DllImport(Library, ExactSpelling = true), SuppressGCTransition]
    public static extern void bridge_tensor_sizes(nint tensor, long* sizes);

    [DllImport(Library, ExactSpelling = true), SuppressGCTransition]
    public static extern void bridge_tensor_strides(nint tensor, long* strides);

    [DllImport(Library, ExactSpelling = true)]
    public static extern int bridge_tensor_data(nint tensor, void** data);

    [DllImport(Library, ExactSpelling = true)]
    public static extern int bridge_tensor_set_requires_grad(nint tensor, int value);

    [DllImport(Library, ExactSpelling = true)]
    public static extern int bridge_tensor_retain_grad(nint tensor);

    [DllImport(Library, ExactSpelling = true)]
    public static extern int bridge_tensor_grad(nint tensor, nint* gradient);

    [DllImport(Library, ExactSpelling = true)]
    public static extern int bridge_tensor_set_grad(nint tensor, nint gradient);

    [DllImport(Library, ExactSpelling = true)]
    public static extern nint bridge_tensor_share(nint tensor);

    [DllImport(Library, ExactSpelling = true)]
    public static extern int bridge_from_blob(void* data, long* sizes, int count, int dtype, void* state, delegate* unmanaged<void*, void> free,
        nint* result);

    [DllImport(Library, ExactSpelling = true)]
    public static extern int bridge_generator_new(ulong seed, void** generator);

    [DllImport(Library, ExactSpelling = true)]
    public static extern int bridge_generator_default(void** generator);

    [DllImport(Library, ExactSpelling = true)]
    public static extern void bridge_generator_free(nint generator);

    [DllImport(Library, ExactSpelling = true)]
    public static extern int bridge_generator_set_seed(nint generator, long seed);

    [DllImport(Library, ExactSpelling = true)]
    public static extern long bridge_generator_initial_seed(nint generator);

    [DllImport(Library, ExactSpelling = true)]
    public static extern long bridge_generator_seed(nint generator);

    [DllImport(Library, ExactSpelling = true)]
    public static extern int bridge_generator_get_state(nint generator, nint* state);

    [DllImport(Library, ExactSpelling = true)]
    public static extern int bridge_generator_set_state(nint generator, nint state);

    [DllImport(Library, ExactSpelling = true)]
    public static extern int bridge_manual_seed(long seed);

    [DllImport(Library, ExactSpelling = true)]
    public static extern int bridge_backward(nint* tensors, long count, nint* gradients, long gradientsCount, int retainGraph, int createGraph,
        nint* inputs, long inputsCount);

    [DllImport(Library, ExactSpelling = true)]
    public static extern int bridge_grad(nint* outputs, long outputsCount, nint* inputs, long inputsCount, nint* gradients, long gradientsCount,
        int retainGraph, int createGraph, int allowUnused, nint* results);

    [DllImport(Library, ExactSpelling = true)]
    public static extern int bridge_node_new(void* state, delegate* unmanaged<void*, nint*, int, nint*, int, void*> apply,
        delegate* unmanaged<void*, void> free, nint* strong, nint* weak);

    [DllImport(Library, ExactSpelling = true)]
    public static extern void bridge_node_free_strong(nint node);

    [DllImport(Library, ExactSpelling = true)]
    public static extern void bridge_node_free_weak(nint node);

    [DllImport(Library, ExactSpelling = true)]
    public static extern int bridge_node_set_inputs(nint node, nint* inputs, long count);

    [DllImport(Library, ExactSpelling = true)]
    public static extern int bridge_node_wrap_outputs(nint node, nint* inputs, long inputsCount, nint* constant, long constantCount, nint* dirty,
        long dirtyCount, nint* outputs, long outputsCount);

    [DllImport(Library, ExactSpelling = true)]
    public static extern int bridge_saved_new(nint tensor, nint node, nint* saved);

    [DllImport(Library, ExactSpelling = true)]
    public static extern int bridge_saved_unpack(nint saved, nint node, nint* tensor);

    [DllImport(Library, ExactSpelling = true)]
    public static extern void bridge_saved_free(nint saved);

    [DllImport(Library, ExactSpelling = true)]
    public static extern int bridge_jit_compile(byte* source, nint* unit);

    [DllImport(Library, ExactSpelling = true)]
    public static extern void bridge_jit_free(nint unit);

    [DllImport(Library, ExactSpelling = true)]
    public static extern int bridge_jit_invoke(nint unit, byte* name, Value* arguments, int argumentsCount, Value* results, int capacity,
        int* count, int* shape);
}
