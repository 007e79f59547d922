// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Boards.Wiring;

/// <summary>A push button with the resistor that gives its wire a level while nobody presses.</summary>
public sealed class Button : BoardPart
{
    private readonly PinDrive _whenPressed;
    private readonly PinDrive _otherwise;
    private readonly SwitchParameter _pressed;
    private ITimer? _release;

    /// <param name="activeHigh">Connects to the supply instead of to ground.</param>
    public Button(Board board, string name, bool activeHigh = false)
        : base(board, "button", name)
    {
        _whenPressed = activeHigh ? PinDrive.High : PinDrive.Low;
        _otherwise = activeHigh ? PinDrive.PullDown : PinDrive.PullUp;
        Pin = AddPin("out", _otherwise);
        _pressed = Parameter(new SwitchParameter("pressed", false, changed: Drive));
    }

    public Pin Pin { get; }

    public SwitchParameter Pressed => _pressed;

    /// <summary>Presses, until <see cref="Release"/> or for a while. From any thread.</summary>
    public void Press(TimeSpan? time = null)
    {
        lock (Board.Gate)
        {
            // A former release must not end this press.
            _release?.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _pressed.Value = true;
            if (time is not { } after)
                return;
            _release ??= Board.Time.CreateTimer(static b => ((Button)b!).Release(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _release.Change(after, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>From any thread.</summary>
    public void Release() => _pressed.Value = false;

    public override void Dispose()
    {
        _release?.Dispose();
        _release = null;
        base.Dispose();
    }

    private void Drive() => Pin.Drive = _pressed.Now ? _whenPressed : _otherwise;
}
