// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Boards.Wiring;

/// <summary>
/// One pin of a part or one line of a chip. It drives its wire or not, and hears of the level that results. For whoever
/// holds <see cref="Board.Gate"/>.
/// </summary>
public sealed class Pin
{
    private readonly NetList _nets;
    private readonly Action<bool>? _levelChanged;
    private PinDrive _drive;

    internal Pin(NetList nets, string name, string fullName, Action<bool>? levelChanged)
    {
        _nets = nets;
        Name = name;
        FullName = fullName;
        _levelChanged = levelChanged;
        Net = nets.Create(this);
    }

    /// <summary>Within its part: <c>int</c>.</summary>
    public string Name { get; }

    /// <summary>On the board: <c>expander0.int</c>.</summary>
    public string FullName { get; }

    /// <summary>What it does to its wire; others hear of the result before the setter returns, or, when it is called from
    /// such a hearing, right after that one.</summary>
    public PinDrive Drive
    {
        get => _drive;
        set
        {
            if (_drive == value)
                return;
            _drive = value;
            _nets.Settle(Net);
        }
    }

    /// <summary>The level of its wire; low where nothing drives it.</summary>
    public bool Level => Net.Level;

    internal Net Net { get; set; }

    internal void OnLevel(bool high) => _levelChanged?.Invoke(high);
}
