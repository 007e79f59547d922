// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Boards;

/// <summary>A named value of a part, which can be read, perhaps set, and watched.</summary>
/// <param name="name">One word, such as <c>temperature</c>.</param>
/// <param name="unit">Of the value, such as °C; empty for none.</param>
public abstract class BoardParameter(string name, string unit)
{
    public string Name { get; } = name;

    public string Unit { get; } = unit;

    /// <summary>What may be set, for people: "-55 to 125"; null when only the part itself sets it.</summary>
    public abstract string? Accepts { get; }

    /// <summary>The value as text, without its unit.</summary>
    public abstract string Text { get; }

    internal BoardPart? Owner { get; set; }

    /// <summary>Sets the value from a user's text.</summary>
    /// <returns>What is wrong with it and what to write instead; null when it was set.</returns>
    public string? TrySet(string text)
    {
        if (Accepts is null)
            return $"{Name} can only be read";
        lock (Gate)
            return Parse(text) ? null : $"{Name} cannot be '{text}': {Accepts}{(Unit.Length > 0 ? " " + Unit : "")}";
    }

    private protected Lock Gate => Owner?.Board.Gate ?? throw new InvalidOperationException("the parameter belongs to no part");

    /// <returns>False when the text is no possible value; nothing is changed then.</returns>
    protected abstract bool Parse(string text);

    /// <summary>Tells those who watch.</summary>
    protected void Announce() => Owner?.OnChanged(this);
}
