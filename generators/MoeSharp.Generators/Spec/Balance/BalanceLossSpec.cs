using System.Linq;

namespace MoeSharp.Generators.Spec.Balance;

/// <summary>A balance loss as declared, beside the task's.</summary>
/// <param name="Word">Which: a row of <see cref="BalanceTable"/>.</param>
/// <param name="Weight">Its factor α.</param>
/// <param name="Options">Its other arguments, every default filled in, in the row's order.</param>
internal sealed record BalanceLossSpec(string Word, double Weight, EquatableArray<NamedNumber> Options)
{
    /// <summary>The loss with some options, the row's defaults for the others.</summary>
    public BalanceLossSpec(string word, double weight, params NamedNumber[] options)
        : this(word, weight, new EquatableArray<NamedNumber>(
            [.. BalanceTable.Of(word).Options.Select(option => options.FirstOrDefault(given => given.Name == option.Name) ?? option)]))
    {
    }

    public BalanceRow Row => BalanceTable.Of(Word);

    /// <summary>An option by its name.</summary>
    public double this[string option] => Options.First(candidate => candidate.Name == option).Value;
}
