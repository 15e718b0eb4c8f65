// libtorch's boxed dispatcher, its tensors and its tape, behind a C interface that C# can call.
//
// One call reaches every operator: a schema name, argument names, and a stack of tagged values. So an operator needs no C++ of its own. Arguments are
// matched by schema name and the rest filled from the schema's defaults, so arguments that a newer libtorch adds do no harm.
//
// Every function that can fail returns a status: 0 done; 1 libtorch threw, the text is in bridge_last_error(); 2 managed code threw inside the
// call, the exception is in bridge_take_managed_error(). No exception, C++ or managed, crosses this boundary.
//
// A tensor handle is a TensorImpl* that owns one reference; 0 is the undefined tensor.

#include "values.h"

#include <torch/torch.h>
#include <torch/script.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/csrc/autograd/functions/utils.h>
#include <torch/csrc/autograd/saved_variable.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/dispatch/Dispatcher.h>

#include <cstring>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#define BRIDGE extern "C" __attribute__((visibility("default")))

namespace {

struct Operator {
    c10::OperatorHandle handle;
    std::vector<c10::IValue> defaults;  // one per schema argument; overwritten at the places below
    std::vector<int> positions;         // one per argument that C# passes
    std::vector<Want> wants;
};

// An autograd node whose backward is a C# function.
struct ManagedNode : torch::autograd::Node {
    using Apply = void* (*)(void* state, Handle* gradients, int32_t count, Handle* results, int32_t results_count);
    using Free = void (*)(void* state);

    ManagedNode(void* state, Apply apply_function, Free free_function) : state(state), apply_function(apply_function), free_function(free_function) {}
    ~ManagedNode() override { free_function(state); }

    torch::autograd::variable_list apply(torch::autograd::variable_list&& inputs) override {
        at::OptionalDeviceGuard guard;
        std::vector<Handle> gradients, results(num_outputs(), nullptr);
        gradients.reserve(inputs.size());
        for (auto& input : inputs) gradients.push_back(release(std::move(input)));
        void* exception = apply_function(
            state, gradients.data(), static_cast<int32_t>(gradients.size()), results.data(), static_cast<int32_t>(results.size()));
        torch::autograd::variable_list outputs;
        outputs.reserve(results.size());
        for (auto result : results) outputs.push_back(take(result));
        if (exception != nullptr) throw ManagedError(exception);
        return outputs;
    }

    std::string name() const override { return "ManagedNode"; }

    void* state;
    Apply apply_function;
    Free free_function;
};

using NodePointer = std::shared_ptr<ManagedNode>;
using WeakNode = std::weak_ptr<ManagedNode>;

}  // namespace

// ---- errors, threads, modes

BRIDGE const char* bridge_version() { return TORCH_VERSION; }
BRIDGE const char* bridge_last_error() { return last_error.c_str(); }

BRIDGE void* bridge_take_managed_error() {
    auto error = managed_error;
    managed_error = nullptr;
    return error;
}

BRIDGE int bridge_get_num_threads() { return at::get_num_threads(); }
BRIDGE int bridge_set_num_threads(int count) { return guarded([&] { at::set_num_threads(count); }); }
BRIDGE int bridge_get_num_interop_threads() { return at::get_num_interop_threads(); }
BRIDGE int bridge_set_num_interop_threads(int count) { return guarded([&] { at::set_num_interop_threads(count); }); }
BRIDGE int bridge_grad_enabled() { return at::GradMode::is_enabled(); }
BRIDGE void bridge_set_grad_enabled(int enabled) { at::GradMode::set_enabled(enabled != 0); }
BRIDGE int bridge_inference_mode_enabled() { return c10::InferenceMode::is_enabled(); }
BRIDGE void* bridge_inference_mode_enter(int enabled) { return new c10::InferenceMode(enabled != 0); }
BRIDGE void bridge_inference_mode_leave(void* guard) { delete static_cast<c10::InferenceMode*>(guard); }
BRIDGE int bridge_anomaly_enabled() { return torch::autograd::AnomalyMode::is_enabled(); }
BRIDGE int bridge_anomaly_checks_nan() { return torch::autograd::AnomalyMode::should_check_nan(); }
BRIDGE void bridge_set_anomaly(int enabled, int check_nan) { torch::autograd::AnomalyMode::set_enabled(enabled != 0, check_nan != 0); }
BRIDGE int bridge_cuda_device_count() { return at::hasCUDA() ? static_cast<int>(torch::cuda::device_count()) : 0; }
BRIDGE int bridge_get_default_dtype() { return static_cast<int>(c10::typeMetaToScalarType(c10::get_default_dtype())); }

BRIDGE int bridge_set_default_dtype(int dtype) {
    return guarded([&] { c10::set_default_dtype(c10::scalarTypeToTypeMeta(static_cast<c10::ScalarType>(dtype))); });
}

// ---- operators

BRIDGE int bridge_find_operator(const char* name, const char* overload, const char* const* arguments, int32_t count, Operator** result) {
    return guarded([&] {
        auto found = c10::Dispatcher::singleton().findSchema({name, overload});
        TORCH_CHECK(found.has_value(), "libtorch ", TORCH_VERSION, " has no operator ", name, *overload ? "." : "", overload);
        auto& schema = found->schema();
        std::unique_ptr<Operator> op(new Operator{*found, {}, {}, {}});
        for (int32_t i = 0; i < count; i++) {
            auto position = schema.argumentIndexWithName(arguments[i]);
            TORCH_CHECK(position.has_value(), "operator ", schema, " has no argument named ", arguments[i]);
            op->positions.push_back(*position);
            op->wants.push_back(wanted(schema.arguments()[*position].type()));
        }
        for (size_t i = 0; i < schema.arguments().size(); i++) {
            auto& argument = schema.arguments()[i];
            bool given = std::find(op->positions.begin(), op->positions.end(), static_cast<int>(i)) != op->positions.end();
            TORCH_CHECK(given || argument.default_value().has_value(), "operator ", schema, " needs its argument ", argument.name());
            op->defaults.push_back(given ? c10::IValue() : *argument.default_value());
        }
        *result = op.release();
    });
}

// Results are written to `results`, at most `capacity` of them; returns how many through `count`. With capacity 0 they are dropped.
BRIDGE int bridge_call(Operator* op, const Value* arguments, Value* results, int32_t capacity, int32_t* count) {
    return guarded([&] {
        torch::jit::Stack stack(op->defaults);
        for (size_t i = 0; i < op->positions.size(); i++) stack[op->positions[i]] = to_ivalue(arguments[i], op->wants[i]);
        op->handle.callBoxed(&stack);
        if (capacity == 0) {
            *count = 0;
            return;
        }
        TORCH_CHECK(stack.size() <= static_cast<size_t>(capacity), "operator ", op->handle.schema(), " returns more values than expected");
        *count = static_cast<int32_t>(stack.size());
        for (size_t i = 0; i < stack.size(); i++) results[i] = to_value(std::move(stack[i]));
    });
}

BRIDGE void bridge_free_array(void* array) { delete[] static_cast<Handle*>(array); }

// ---- tensors

BRIDGE void bridge_tensor_free(Handle tensor) { c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim(tensor); }
BRIDGE int64_t bridge_tensor_dim(Handle tensor) { return tensor->dim(); }
BRIDGE int64_t bridge_tensor_numel(Handle tensor) { return tensor->numel(); }
BRIDGE int64_t bridge_tensor_storage_offset(Handle tensor) { return tensor->storage_offset(); }
BRIDGE int bridge_tensor_dtype(Handle tensor) { return static_cast<int>(c10::typeMetaToScalarType(tensor->dtype())); }
BRIDGE int64_t bridge_tensor_item_size(Handle tensor) { return static_cast<int64_t>(tensor->itemsize()); }
BRIDGE int bridge_tensor_device_type(Handle tensor) { return static_cast<int>(tensor->device().type()); }
BRIDGE int bridge_tensor_device_index(Handle tensor) { return tensor->device().index(); }
BRIDGE int bridge_tensor_is_contiguous(Handle tensor) { return tensor->is_contiguous(); }
BRIDGE int bridge_tensor_is_sparse(Handle tensor) { return tensor->is_sparse(); }
BRIDGE int bridge_tensor_requires_grad(Handle tensor) { return borrow(tensor).requires_grad(); }
BRIDGE int bridge_tensor_is_leaf(Handle tensor) { return borrow(tensor).is_leaf(); }

BRIDGE void bridge_tensor_sizes(Handle tensor, int64_t* sizes) {
    auto source = tensor->sizes();
    std::copy(source.begin(), source.end(), sizes);
}

BRIDGE void bridge_tensor_strides(Handle tensor, int64_t* strides) {
    auto source = tensor->strides();
    std::copy(source.begin(), source.end(), strides);
}

BRIDGE int bridge_tensor_data(Handle tensor, void** data) { return guarded([&] { *data = borrow(tensor).data_ptr(); }); }
BRIDGE int bridge_tensor_set_requires_grad(Handle tensor, int value) { return guarded([&] { borrow(tensor).set_requires_grad(value != 0); }); }
BRIDGE int bridge_tensor_retain_grad(Handle tensor) { return guarded([&] { borrow(tensor).retain_grad(); }); }
BRIDGE int bridge_tensor_grad(Handle tensor, Handle* gradient) { return guarded([&] { *gradient = release(borrow(tensor).grad()); }); }
BRIDGE int bridge_tensor_set_grad(Handle tensor, Handle gradient) { return guarded([&] { borrow(tensor).mutable_grad() = borrow(gradient); }); }

// A second handle to the same tensor.
BRIDGE Handle bridge_tensor_share(Handle tensor) { return release(borrow(tensor)); }

BRIDGE int bridge_from_blob(void* data, const int64_t* sizes, int32_t count, int dtype, void* state, void (*free_function)(void*), Handle* result) {
    return guarded([&] {
        *result = release(torch::from_blob(
            data, at::IntArrayRef(sizes, count), [state, free_function](void*) { free_function(state); }, static_cast<c10::ScalarType>(dtype)));
    });
}

// ---- generators

BRIDGE int bridge_generator_new(uint64_t seed, void** generator) {
    return guarded([&] { *generator = at::detail::createCPUGenerator(seed).unsafeReleaseGeneratorImpl(); });
}

BRIDGE int bridge_generator_default(void** generator) {
    return guarded([&] {
        at::Generator shared = at::detail::getDefaultCPUGenerator();
        *generator = shared.unsafeReleaseGeneratorImpl();
    });
}

BRIDGE void bridge_generator_free(c10::GeneratorImpl* generator) { c10::intrusive_ptr<c10::GeneratorImpl>::reclaim(generator); }

BRIDGE int bridge_generator_set_seed(c10::GeneratorImpl* generator, int64_t seed) {
    return guarded([&] {
        std::lock_guard<std::mutex> lock(generator->mutex_);
        generator->set_current_seed(static_cast<uint64_t>(seed));
    });
}

BRIDGE int64_t bridge_generator_initial_seed(c10::GeneratorImpl* generator) { return static_cast<int64_t>(generator->current_seed()); }
BRIDGE int64_t bridge_generator_seed(c10::GeneratorImpl* generator) { return static_cast<int64_t>(generator->seed()); }

BRIDGE int bridge_generator_get_state(c10::GeneratorImpl* generator, Handle* state) {
    return guarded([&] {
        std::lock_guard<std::mutex> lock(generator->mutex_);
        *state = release(at::Tensor(generator->get_state()));
    });
}

BRIDGE int bridge_generator_set_state(c10::GeneratorImpl* generator, Handle state) {
    return guarded([&] {
        std::lock_guard<std::mutex> lock(generator->mutex_);
        generator->set_state(*borrow(state).unsafeGetTensorImpl());
    });
}

BRIDGE int bridge_manual_seed(int64_t seed) { return guarded([&] { torch::manual_seed(static_cast<uint64_t>(seed)); }); }

// ---- the tape

BRIDGE int bridge_backward(
    Handle* tensors, int64_t count, Handle* gradients, int64_t gradients_count, int retain_graph, int create_graph, Handle* inputs,
    int64_t inputs_count) {
    return guarded([&] {
        torch::autograd::backward(
            borrow_all(tensors, count), borrow_all(gradients, gradients_count), retain_graph != 0, create_graph != 0,
            borrow_all(inputs, inputs_count));
    });
}

BRIDGE int bridge_grad(
    Handle* outputs, int64_t outputs_count, Handle* inputs, int64_t inputs_count, Handle* gradients, int64_t gradients_count,
    int retain_graph, int create_graph, int allow_unused, Handle* results) {
    return guarded([&] {
        auto found = torch::autograd::grad(
            borrow_all(outputs, outputs_count), borrow_all(inputs, inputs_count), borrow_all(gradients, gradients_count),
            retain_graph != 0, create_graph != 0, allow_unused != 0);
        for (size_t i = 0; i < found.size(); i++) results[i] = release(std::move(found[i]));
    });
}

// The node lives as long as the graph that holds it; `strong` is C#'s own hold while it builds that graph, `weak` stays with the context.
BRIDGE int bridge_node_new(void* state, ManagedNode::Apply apply, ManagedNode::Free free, NodePointer** strong, WeakNode** weak) {
    return guarded([&] {
        NodePointer node(new ManagedNode(state, apply, free), torch::autograd::deleteNode);
        *weak = new WeakNode(node);
        *strong = new NodePointer(std::move(node));
    });
}

BRIDGE void bridge_node_free_strong(NodePointer* node) { delete node; }
BRIDGE void bridge_node_free_weak(WeakNode* node) { delete node; }

BRIDGE int bridge_node_set_inputs(NodePointer* node, Handle* inputs, int64_t count) {
    return guarded([&] {
        (*node)->set_next_edges(torch::autograd::collect_next_edges(borrow_all(inputs, count)));
        (*node)->clear_input_metadata();
    });
}

// Ties the outputs of a C# forward to `node`, or (node = 0) only applies the rules for views and tensors changed in place. `outputs` is overwritten.
BRIDGE int bridge_node_wrap_outputs(
    NodePointer* node, Handle* inputs, int64_t inputs_count, Handle* constant, int64_t constant_count, Handle* dirty, int64_t dirty_count,
    Handle* outputs, int64_t outputs_count) {
    return guarded([&] {
        using torch::autograd::variable_list;
        std::unordered_set<at::TensorImpl*> constants(constant, constant + constant_count), changed;
        for (int64_t i = 0; i < dirty_count; i++) {
            dirty[i]->bump_version();
            changed.insert(dirty[i]);
        }
        torch::autograd::_jvp_fn_t jvp = [](const variable_list&, const variable_list&) -> variable_list {
            TORCH_CHECK(false, "forward-mode differentiation of a C# autograd function is not supported");
        };
        auto produced = borrow_all(outputs, outputs_count);
        auto raw = torch::autograd::to_optional(produced);
        auto wrapped = torch::autograd::_wrap_outputs(
            borrow_all(inputs, inputs_count), constants, changed, raw, node ? std::shared_ptr<torch::autograd::Node>(*node) : nullptr, jvp
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 1)
            , {}, [](const at::Tensor& x) -> at::Tensor { return x.view_as(x); }
#endif
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 5)
            , false
#endif
        );
        for (size_t i = 0; i < wrapped.size(); i++) outputs[i] = wrapped[i].has_value() ? release(std::move(*wrapped[i])) : nullptr;
    });
}

BRIDGE int bridge_saved_new(Handle tensor, WeakNode* node, torch::autograd::SavedVariable** saved) {
    return guarded([&] {
        auto variable = borrow(tensor);
        bool is_output = variable.grad_fn() != nullptr && variable.grad_fn() == node->lock();
        *saved = new torch::autograd::SavedVariable(variable, is_output);
    });
}

BRIDGE int bridge_saved_unpack(torch::autograd::SavedVariable* saved, WeakNode* node, Handle* tensor) {
    return guarded([&] { *tensor = release(saved->unpack(node->lock())); });
}

BRIDGE void bridge_saved_free(torch::autograd::SavedVariable* saved) { delete saved; }

// ---- TorchScript from source

using Unit = std::shared_ptr<torch::jit::CompilationUnit>;

BRIDGE int bridge_jit_compile(const char* source, Unit** unit) { return guarded([&] { *unit = new Unit(torch::jit::compile(source)); }); }
BRIDGE void bridge_jit_free(Unit* unit) { delete unit; }

// A tuple or a tensor list leaves as several values: shape 0 one value, 1 tuple, 2 list.
BRIDGE int bridge_jit_invoke(
    Unit* unit, const char* name, const Value* arguments, int32_t arguments_count, Value* results, int32_t capacity, int32_t* count, int32_t* shape) {
    return guarded([&] {
        std::vector<c10::IValue> stack;
        auto& function = (*unit)->get_function(name);
        auto& schema = function.getSchema();
        for (int32_t i = 0; i < arguments_count; i++) {
            bool known = i < static_cast<int32_t>(schema.arguments().size());
            stack.push_back(to_ivalue(arguments[i], known ? wanted(schema.arguments()[i].type()) : Want::AsIs));
        }
        auto result = function(std::move(stack));
        std::vector<c10::IValue> values;
        *shape = result.isTuple() ? 1 : 0;
        if (result.isTuple()) values = result.toTuple()->elements().vec();
        else if (result.isTensorList()) {
            *shape = 2;
            for (auto& tensor : result.toTensorVector()) values.emplace_back(tensor);
        } else values.push_back(std::move(result));
        TORCH_CHECK(
            values.size() <= static_cast<size_t>(capacity), name, " returns ", values.size(), " values; at most ", capacity, " are supported");
        *count = static_cast<int32_t>(values.size());
        for (size_t i = 0; i < values.size(); i++) results[i] = to_value(std::move(values[i]));
    });
}
