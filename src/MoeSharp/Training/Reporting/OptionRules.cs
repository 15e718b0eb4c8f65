using System.CommandLine;
using System.Globalization;

namespace MoeSharp.Training;

/// <summary>Rules for the values of options.</summary>
internal static class OptionRules
{
    /// <summary>The number must not be below a least one.</summary>
    public static Option<int?> AtLeast(this Option<int?> option, int least)
    {
        option.Validators.Add(result =>
        {
            if (int.TryParse(result.Tokens.SingleOrDefault()?.Value, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) && value < least)
            {
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{option.Name} is at least {least}."));
            }
        });
        return option;
    }
}
