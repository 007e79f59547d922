// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Input;

/// <summary>
/// Keys that switch all devices of the command line between the guest and the host, by libvirt's names. Pressed at any of
/// the devices, on whatever loop it is.
/// </summary>
internal sealed class GrabToggle(string name)
{
    // KEY_LEFTCTRL and so on.
    private const int LeftCtrl = 29, RightCtrl = 97, LeftAlt = 56, RightAlt = 100, LeftShift = 42, RightShift = 54;
    private const int LeftMeta = 125, RightMeta = 126, ScrollLock = 70;

    private readonly Lock _lock = new();
    private readonly int[][] _combinations = name switch
    {
        "ctrl-ctrl" => [[LeftCtrl, RightCtrl]],
        "alt-alt" => [[LeftAlt, RightAlt]],
        "shift-shift" => [[LeftShift, RightShift]],
        "meta-meta" => [[LeftMeta, RightMeta]],
        "scrolllock" => [[ScrollLock]],
        _ => [[LeftCtrl, ScrollLock], [RightCtrl, ScrollLock]],
    };

    private Action? _flipped;
    private volatile bool _isHosts;

    /// <summary>libvirt's grabToggle.</summary>
    internal static IReadOnlyList<string> Names { get; } =
        ["ctrl-ctrl", "alt-alt", "shift-shift", "meta-meta", "scrolllock", "ctrl-scrolllock"];

    /// <summary>Whether the devices are the host's at the moment.</summary>
    internal bool IsHosts => _isHosts;

    /// <summary>Whether the keys are pressed.</summary>
    internal bool IsPressed(InputState keys)
    {
        foreach (int[] combination in _combinations)
        {
            if (Array.TrueForAll(combination, keys.IsPressed))
                return true;
        }

        return false;
    }

    /// <summary>Switches; everybody is told, on the caller's thread.</summary>
    internal void Flip()
    {
        Action? told;
        lock (_lock)
        {
            _isHosts = !_isHosts;
            told = _flipped;
        }

        told?.Invoke();
    }

    internal void Add(Action flipped)
    {
        lock (_lock)
            _flipped += flipped;
    }

    internal void Remove(Action flipped)
    {
        lock (_lock)
            _flipped -= flipped;
    }
}
