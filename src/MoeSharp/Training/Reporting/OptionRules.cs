using System.CommandLine;
using System.Globalization;

namespace MoeSharp.Training;

/// <summary>Rules for the values of options.</summary>
internal static class OptionRules
{
    /// <summary>The value is a whole number, not below a least one.</summary>
    public static Option<int?> WholeNumber(this Option<int?> option, int least = int.MinValue)
    {
        // The library's own message would name the type, System.Nullable`1[System.Int32].
        option.CustomParser = result =>
        {
            if (result.Tokens is not [{ Value: var text }])
            {
                return null;
            }

            if (!int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value))
            {
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{option.Name} takes a whole number of at most {int.MaxValue}, and was given '{text}'."));
            }
            else if (value < least)
            {
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{option.Name} is at least {least}, and was given {value}."));
            }

            return value;
        };
        return option;
    }

    /// <summary>The value is a number, 0 or more.</summary>
    public static Option<double?> NotNegative(this Option<double?> option)
    {
        option.CustomParser = result =>
        {
            if (result.Tokens is not [{ Value: var text }])
            {
                return null;
            }

            if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || value is not (>= 0 and < double.PositiveInfinity))
            {
                result.AddError($"{option.Name} takes a number, 0 or more, and was given '{text}'.");
            }

            return value;
        };
        return option;
    }

    /// <summary>The text must not be empty, as the value of an unset shell variable is.</summary>
    public static Option<string?> NotEmpty(this Option<string?> option)
    {
        option.Validators.Add(result =>
        {
            if (result.Tokens is [{ Value: "" }])
            {
                result.AddError($"{option.Name} needs a value, and was given nothing.");
            }
        });
        return option;
    }
}
