using System.Linq;

namespace MoeSharp.Generators.Spec.Balance;

/// <summary>A balance loss as declared, beside the task's.</summary>
/// <param name="Word">Which: a row of <see cref="BalanceTable"/>.</param>
/// <param name="Constants">Its arguments, every default filled in, in the row's order: the weight first.</param>
internal sealed record BalanceLossSpec(string Word, EquatableArray<NamedNumber> Constants)
{
    public BalanceLossSpec(string word, double weight)
        : this(word, new EquatableArray<NamedNumber>([new NamedNumber("Weight", weight)]))
    {
    }

    public BalanceRow Row => BalanceTable.Of(Word);

    /// <summary>Its factor α.</summary>
    public double Weight => this["Weight"];

    /// <summary>A constant by the name of its argument.</summary>
    public double this[string name] => Constants.First(constant => constant.Name == name).Value;
}
