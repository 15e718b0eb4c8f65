using System.Globalization;
using System.Text;

namespace MoeSharp.Generators.Spec;

/// <summary>Full metadata names as file names. The compiler compares those without case and accepts few characters.</summary>
internal static class HintNames
{
    /// <param name="metadataName"><c>Shop.Outer`1+Inner</c> becomes <c>Shop.Outer-1.Inner</c>; no identifier contains the dash, so nothing can clash.</param>
    /// <param name="markCase">Whether to put a dash before each capital, so that names which differ only in case stay two names.</param>
    public static string Of(string metadataName, bool markCase)
    {
        var name = new StringBuilder(metadataName.Length + 4);
        foreach (char c in metadataName)
        {
            _ = c switch
            {
                '+' => name.Append('.'),
                '`' => name.Append('-'),
                _ when markCase && char.IsUpper(c) => name.Append('-').Append(c),
                '.' or '_' => name.Append(c),
                _ when char.IsLetterOrDigit(c) => name.Append(c),
                _ => name.Append("-u").Append(((int)c).ToString("X4", CultureInfo.InvariantCulture)),
            };
        }

        return name.ToString();
    }
}
