using System.Reflection;

namespace MoeSharp.Generators.Tests.Architecture;

/// <summary>Only the first stage sees Roslyn: the stages after it are pure functions of records, which is what makes them cacheable and testable.</summary>
public sealed class LayeringTests
{
    private const BindingFlags Everything =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly string[] Pure = ["Spec", "Gates", "Ir", "Passes", "Emission"];

    private static readonly Type[] Types = typeof(MoeGenerator).Assembly.GetTypes();

    [Fact]
    public void The_stages_after_parsing_never_mention_the_compilers_types()
    {
        Type[] pure = [.. Types.Where(IsPure)];

        Assert.NotEmpty(pure);
        Assert.Empty(pure.SelectMany(type => Mentioned(type).SelectMany(Parts).Where(IsRoslyn).Select(used => $"{type} mentions {used}")).Distinct());
    }

    /// <summary>The scan itself can fail: it finds the compiler's types where they belong, in a local alone and in a lambda too.</summary>
    [Fact]
    public void The_scan_finds_the_compilers_types_where_they_are() =>
        Assert.Contains(Types.Where(type => type.Namespace == "MoeSharp.Generators.Parsing").SelectMany(Mentioned).SelectMany(Parts), IsRoslyn);

    [Fact]
    public void The_stages_after_parsing_never_use_parsing_or_diagnostics() => Assert.Empty(
        Types.Where(IsPure).SelectMany(type => Mentioned(type).SelectMany(Parts)
            .Where(used => used.Namespace is "MoeSharp.Generators.Parsing" or "MoeSharp.Generators.Diagnostics")
            .Select(used => $"{type} mentions {used}")));

    private static bool IsPure(Type type) => Pure.Any(stage =>
        type.Namespace == $"MoeSharp.Generators.{stage}" || type.Namespace?.StartsWith($"MoeSharp.Generators.{stage}.", StringComparison.Ordinal) == true);

    // The compiler marks types it embeds with attributes of its own in this namespace; they lie in this assembly.
    private static bool IsRoslyn(Type type) => type.Assembly.GetName().Name!.StartsWith("Microsoft.CodeAnalysis", StringComparison.Ordinal);

    private static IEnumerable<Type> Mentioned(Type type) =>
    [
        .. type.BaseType is { } parent ? [parent] : Type.EmptyTypes,
        .. type.GetInterfaces(),
        .. type.GetFields(Everything).Select(field => field.FieldType),
        .. type.GetProperties(Everything).Select(property => property.PropertyType),
        .. type.GetMethods(Everything).Select(method => method.ReturnType),
        .. type.GetMethods(Everything).Cast<MethodBase>().Concat(type.GetConstructors(Everything)).SelectMany(InMethod),
    ];

    private static IEnumerable<Type> InMethod(MethodBase method) =>
    [
        .. method.GetParameters().Select(parameter => parameter.ParameterType),
        .. method.GetMethodBody()?.LocalVariables.Select(local => local.LocalType) ?? [],
    ];

    /// <summary>A type and what it is built from: elements, type arguments, constraints.</summary>
    private static IEnumerable<Type> Parts(Type type)
    {
        if (type.HasElementType)
        {
            return Parts(type.GetElementType()!);
        }

        return type switch
        {
            { IsGenericParameter: true } => type.GetGenericParameterConstraints(),
            { IsGenericType: true } => type.GetGenericArguments().SelectMany(Parts).Append(type),
            _ => [type],
        };
    }
}
