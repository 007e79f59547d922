// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;

namespace VhostDevice.Hosting.CommandLine;

/// <summary>A whole number within a range, with a unit behind it where the setting has one.</summary>
public sealed class NumberSetting : Setting
{
    /// <param name="value">The word that stands for it in help.</param>
    /// <param name="from">The least that is possible.</param>
    /// <param name="to">The most.</param>
    /// <param name="byDefault">The value when it is not given; null: 0, see <see cref="Unset"/> and <see cref="Values.Has"/>.</param>
    public NumberSetting(
        string name,
        string? alias,
        string value,
        string help,
        ulong from,
        ulong to,
        ulong? byDefault = null,
        NumberUnit unit = NumberUnit.None)
        : base(name, alias, value, help)
    {
        From = from;
        To = to;
        Unit = unit;
        Default = byDefault ?? 0;
        DefaultText = byDefault?.ToString(CultureInfo.InvariantCulture);
    }

    public ulong From { get; }

    public ulong To { get; }

    public NumberUnit Unit { get; }

    internal ulong Default { get; }

    /// <inheritdoc cref="TextSetting.Unset"/>
    public string Unset
    {
        init => DefaultText = value;
    }

    /// <summary>What is possible, in words: <c>1 to 65536 milliseconds</c>.</summary>
    internal string Range
    {
        get
        {
            string range = To == ulong.MaxValue
                ? string.Create(CultureInfo.InvariantCulture, $"{From} or more")
                : string.Create(CultureInfo.InvariantCulture, $"{From} to {To}");
            string unit = UnitText.Name(Unit);
            return unit.Length == 0 ? range : $"{range} {unit}";
        }
    }

    internal override object? Read(string text, object? before, out string problem)
    {
        problem = "";
        NumberText read = UnitText.Read(text, Unit, out ulong value);
        if (read == NumberText.Number && value >= From && value <= To)
            return value;
        problem = read == NumberText.None
            ? $"'{text}' is no number, which {Name} takes: {Range}{UnitText.Suffixes(Unit)}"
            : $"{Name} {text} is not possible: {Range}";
        return null;
    }
}
