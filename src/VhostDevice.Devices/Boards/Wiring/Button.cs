// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;

namespace VhostDevice.Devices.Boards.Wiring;

/// <summary>A push button with the resistor that gives its wire a level while nobody presses.</summary>
public sealed class Button : BoardPart
{
    /// <summary>The longest that people can ask for it to be pressed.</summary>
    private const int MaxPressMilliseconds = 3_600_000;

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

    /// <summary>What people can do with any button.</summary>
    public static IReadOnlyList<PartVerb> ButtonVerbs { get; } =
    [
        new("press", "button", "Press a button, for a time or until 'board release'", RunPress, "MILLISECONDS?") { Example = "button0 200" },
        new("release", "button", "Release a button", RunRelease) { Example = "button0" },
    ];

    public override IReadOnlyList<PartVerb> Verbs => ButtonVerbs;

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

    private static string? RunPress(BoardPart button, IReadOnlyList<string> words, Action<string> answer)
    {
        TimeSpan? time = null;
        if (words.Count > 0)
        {
            if (!int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out int milliseconds)
                || milliseconds is 0 or > MaxPressMilliseconds)
                return $"a button cannot be pressed for '{words[0]}': 1 to {MaxPressMilliseconds} milliseconds";
            time = TimeSpan.FromMilliseconds(milliseconds);
        }

        ((Button)button).Press(time);
        return null;
    }

    private static string? RunRelease(BoardPart button, IReadOnlyList<string> words, Action<string> answer)
    {
        ((Button)button).Release();
        return null;
    }

    private void Drive() => Pin.Drive = _pressed.Now ? _whenPressed : _otherwise;
}
