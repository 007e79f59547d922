// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Boards;

/// <summary>Something that is on or off.</summary>
/// <param name="readOnly">Only the part itself changes it.</param>
/// <param name="changed">The part's reaction to being set, under <see cref="Board.Gate"/>.</param>
public sealed class SwitchParameter(string name, bool value, bool readOnly = false, Action? changed = null) : BoardParameter(name, "")
{
    private bool _value = value;

    /// <summary>From any thread.</summary>
    public bool Value
    {
        get
        {
            lock (Gate)
                return _value;
        }

        set
        {
            lock (Gate)
                Change(value);
        }
    }

    public override string? Accepts => readOnly ? null : "on or off";

    public override string Text => _value ? "on" : "off";

    internal bool Now => _value;

    protected override bool Parse(string text)
    {
        if (text is not ("on" or "off" or "1" or "0" or "true" or "false"))
            return false;
        Change(text is "on" or "1" or "true");
        return true;
    }

    private void Change(bool value)
    {
        if (_value == value)
            return;
        _value = value;
        changed?.Invoke();
        Announce();
    }
}
