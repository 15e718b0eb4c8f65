using System.Globalization;

namespace MoeSharp.Generators.Emission;

/// <summary>Numbers as C# writes them, the same in every culture.</summary>
internal static class Literals
{
    public static string Int(long value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A whole number as a literal whose thousands are set apart: <c>273_872</c>.</summary>
    public static string Separated(long value) => Grouped(value).Replace(',', '_');

    /// <summary>The shortest text that reads back as the same double: <c>1E-06</c>, <c>10000</c>, <c>2.5</c>.</summary>
    public static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>A whole number with thousands separated, for comments and cards.</summary>
    public static string Grouped(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A C# string literal.</summary>
    public static string Quoted(string text) => "\"" + text.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"";

    public static string Bool(bool value) => value ? "true" : "false";
}
