using System.Globalization;
using System.Reflection;

namespace MoeSharp.Tests.Bridge;

/// <summary>Writes types and members as the list of TorchSharp's API writes them: one a line.</summary>
internal static class ApiNotation
{
    private const BindingFlags All =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<Type, string> Keywords = new()
    {
        [typeof(void)] = "void",
        [typeof(object)] = "object",
        [typeof(string)] = "string",
        [typeof(bool)] = "bool",
        [typeof(byte)] = "byte",
        [typeof(sbyte)] = "sbyte",
        [typeof(short)] = "short",
        [typeof(int)] = "int",
        [typeof(long)] = "long",
        [typeof(float)] = "float",
        [typeof(double)] = "double",
    };

    /// <summary>The line of a type: what it is, its name, its base; an enum with its values.</summary>
    public static string Header(Type type)
    {
        var name = Name(type);
        if (type.IsEnum)
            return $"enum {name} {{ {string.Join(", ", Enum.GetNames(type).Select(n => $"{n}={Convert.ToInt64(Enum.Parse(type, n),
                CultureInfo.InvariantCulture)}"))} }}";
        if (type.IsInterface) return $"interface {name}";
        if (type.IsValueType) return $"struct {name}";
        if (type is { IsAbstract: true, IsSealed: true }) return $"static class {name}";
        var kind = type.IsAbstract ? "abstract class" : "class";
        return type.BaseType == typeof(object) ? $"{kind} {name}" : $"{kind} {name} : {Name(type.BaseType!)}";
    }

    /// <summary>The lines of a type's own public members, and protected methods; protected fields, which the list leaves out, are left out.</summary>
    public static IEnumerable<string> Members(Type type)
    {
        var name = Name(type);
        foreach (var constructor in type.GetConstructors(All).Where(IsVisible))
            if (!constructor.IsStatic && !constructor.IsFamily)
                yield return $"  {name} .ctor({Parameters(constructor)})";
        foreach (var method in type.GetMethods(All).Where(m => IsVisible(m) && !IsAccessor(m)))
            yield return $"  {name} {Modifiers(method)}{Name(method.ReturnType)} {MethodName(method)}({Parameters(method)})";
        foreach (var property in type.GetProperties(All).Where(p => p.GetMethod is { IsPublic: true }))
            yield return Property(name, property);
        foreach (var field in type.GetFields(All).Where(f => f.IsPublic && !type.IsEnum))
            yield return $"  {name} {(field.IsStatic ? "static " : "")}{Name(field.FieldType)} {field.Name}";
    }

    private static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily || method.IsFamilyOrAssembly;

    private static bool IsAccessor(MethodInfo method) => method.IsSpecialName && !method.Name.StartsWith("op_", StringComparison.Ordinal);

    private static string Property(string name, PropertyInfo property)
    {
        var getter = property.GetMethod!;
        var what = property.GetIndexParameters() is { Length: > 0 } indices
            ? $"this[{string.Join(", ", indices.Select(p => $"{Name(p.ParameterType)} {p.Name}"))}]"
            : property.Name;
        var setter = property.SetMethod is { IsPublic: true } ? "{ get; set; }" : "{ get; }";
        return $"  {name} {(getter.IsStatic ? "static " : "")}{Name(property.PropertyType)} {what} {setter}";
    }

    private static string Modifiers(MethodInfo method) =>
        (method.IsPublic ? "" : "protected ") + (method.IsStatic ? "static " : "")
        + (method.IsAbstract ? "abstract " : method is { IsVirtual: true, IsFinal: false } ? "virtual " : "");

    private static string MethodName(MethodInfo method) =>
        method.IsGenericMethod ? $"{method.Name}<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : method.Name;

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(Parameter));

    private static string Parameter(ParameterInfo parameter)
    {
        var modifier = parameter.IsDefined(typeof(ParamArrayAttribute)) ? "params " : parameter.ParameterType.IsByRef ? "ref " : "";
        var type = parameter.ParameterType.IsByRef ? parameter.ParameterType.GetElementType()! : parameter.ParameterType;
        var text = $"{modifier}{Name(type)} {parameter.Name}";
        return parameter.HasDefaultValue ? $"{text} = {Default(parameter.RawDefaultValue)}" : text;
    }

    private static string Default(object? value) => value switch
    {
        null => "null",
        string text => $"\"{text}\"",
        bool truth => truth ? "true" : "false",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string Name(Type type)
    {
        if (Keywords.TryGetValue(type, out var keyword)) return keyword;
        if (type.IsGenericParameter) return type.Name;
        if (type.IsArray) return $"{Name(type.GetElementType()!)}[{new string(',', type.GetArrayRank() - 1)}]";
        if (Nullable.GetUnderlyingType(type) is { } inner) return $"{Name(inner)}?";
        if (type.FullName?.StartsWith("System.ValueTuple`",
            StringComparison.Ordinal) == true || (type.IsGenericType && type.Name.StartsWith("ValueTuple`", StringComparison.Ordinal)))
            return $"({string.Join(", ", type.GetGenericArguments().Select(Name))})";
        var simple = type.Name.Split('`')[0];
        if (type.IsGenericType && type.Name.Contains('`')) simple += $"<{string.Join(", ", type.GetGenericArguments().Select(Name))}>";
        if (type.DeclaringType is { } outer)
            simple = outer.IsGenericTypeDefinition ? Name(outer) : $"{Name(outer)}.{simple}"; // the list drops names inside generic classes
        return simple.StartsWith("torch.Tensor", StringComparison.Ordinal) ? simple["torch.".Length..] : simple;
    }
}
