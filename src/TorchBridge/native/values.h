// What passes between C# and libtorch: errors, tensor handles, and values with a tag. torch_bridge.cpp is its only reader.

#pragma once

#include <torch/torch.h>
#include <torch/script.h>

#include <string>
#include <vector>

namespace {

using Handle = c10::TensorImpl*;

thread_local std::string last_error;
thread_local void* managed_error = nullptr;

// A managed exception on its way through libtorch's frames: a GC handle, handed back to C# at the boundary.
struct ManagedError : std::exception {
    explicit ManagedError(void* exception) : exception(exception) {}
    const char* what() const noexcept override { return "an exception was thrown by a C# autograd function"; }
    void* exception;
};

template <typename F>
int guarded(F&& body) {
    try {
        body();
        return 0;
    } catch (const ManagedError& e) {
        managed_error = e.exception;
        return 2;
    } catch (const c10::Error& e) {
        last_error = e.what_without_backtrace();
    } catch (const std::exception& e) {
        last_error = e.what();
    } catch (...) {
        last_error = "libtorch threw something that is not an exception";
    }
    return 1;
}

at::Tensor borrow(Handle handle) {
    if (handle == nullptr) return at::Tensor();
    return at::Tensor(c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim_copy(handle));
}

// The tensor of a handle whose reference passes to the result.
at::Tensor take(Handle handle) {
    if (handle == nullptr) return at::Tensor();
    return at::Tensor(c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim(handle));
}

Handle release(at::Tensor tensor) {
    return tensor.defined() ? tensor.unsafeReleaseTensorImpl() : nullptr;
}

std::vector<at::Tensor> borrow_all(Handle* handles, int64_t count) {
    std::vector<at::Tensor> tensors;
    tensors.reserve(count);
    for (int64_t i = 0; i < count; i++) tensors.push_back(borrow(handles[i]));
    return tensors;
}

// The tags are Native/Value.cs's.
enum Tag : int32_t { None, Tensor, Int, Double, Bool, IntList, TensorList, String, DoubleList, Device, Generator, OptionalTensorList };

struct Value {
    int32_t tag;
    int32_t length;
    union {
        int64_t integer;
        double number;
        void* pointer;
    };
};

// What C# passed, as what the schema's argument wants: an int where the schema says float or int[], and so on.
enum class Want { AsIs, Number, IntList, OptionalTensorList };

Want wanted(const c10::TypePtr& type) {
    auto inner = type;
    if (auto optional = type->cast<c10::OptionalType>()) inner = optional->getElementType();
    if (inner->kind() == c10::TypeKind::FloatType) return Want::Number;
    if (auto list = inner->cast<c10::ListType>()) {
        auto element = list->getElementType();
        if (element->kind() == c10::TypeKind::IntType || element->kind() == c10::TypeKind::SymIntType) return Want::IntList;
        if (element->kind() == c10::TypeKind::OptionalType) return Want::OptionalTensorList;
    }
    return Want::AsIs;
}

c10::IValue to_ivalue(const Value& value, Want want) {
    switch (value.tag) {
        case None: return c10::IValue();
        case Tensor: return borrow(static_cast<Handle>(value.pointer));
        case Int:
            if (want == Want::Number) return static_cast<double>(value.integer);
            if (want == Want::IntList) return c10::List<int64_t>({value.integer});
            return value.integer;
        case Double: return value.number;
        case Bool: return value.integer != 0;
        case IntList: {
            auto data = static_cast<int64_t*>(value.pointer);
            c10::List<int64_t> list;
            list.reserve(value.length);
            for (int32_t i = 0; i < value.length; i++) list.push_back(data[i]);
            return list;
        }
        case DoubleList: {
            auto data = static_cast<double*>(value.pointer);
            return c10::IValue(std::vector<double>(data, data + value.length));
        }
        case TensorList: {
            auto data = static_cast<Handle*>(value.pointer);
            if (want == Want::OptionalTensorList) {
                c10::List<c10::optional<at::Tensor>> list;
                list.reserve(value.length);
                for (int32_t i = 0; i < value.length; i++)
                    list.push_back(data[i] ? c10::optional<at::Tensor>(borrow(data[i])) : c10::nullopt);
                return list;
            }
            return c10::IValue(borrow_all(data, value.length));
        }
        case String: return std::string(static_cast<char*>(value.pointer), value.length);
        case Device:
            return c10::Device(static_cast<c10::DeviceType>(value.integer >> 32), static_cast<c10::DeviceIndex>(static_cast<int32_t>(value.integer)));
        case Generator:
            return at::Generator(c10::intrusive_ptr<c10::GeneratorImpl>::reclaim_copy(static_cast<c10::GeneratorImpl*>(value.pointer)));
        default: TORCH_CHECK(false, "unknown value tag ", value.tag);
    }
}

// A tensor list leaves as an array that C# frees with bridge_free_array.
Value to_value(c10::IValue ivalue) {
    Value value{None, 0, {0}};
    if (ivalue.isTensor()) {
        value.tag = Tensor;
        value.pointer = release(std::move(ivalue).toTensor());
    } else if (ivalue.isInt()) {
        value.tag = Int;
        value.integer = ivalue.toInt();
    } else if (ivalue.isDouble()) {
        value.tag = Double;
        value.number = ivalue.toDouble();
    } else if (ivalue.isBool()) {
        value.tag = Bool;
        value.integer = ivalue.toBool();
    } else if (ivalue.isTensorList()) {
        auto list = ivalue.toTensorVector();
        auto array = new Handle[list.size()];
        for (size_t i = 0; i < list.size(); i++) array[i] = release(std::move(list[i]));
        value.tag = TensorList;
        value.length = static_cast<int32_t>(list.size());
        value.pointer = array;
    } else {
        TORCH_CHECK(ivalue.isNone(), "TorchBridge does not pass values of type ", ivalue.tagKind(), " to C#");
    }
    return value;
}

}  // namespace
