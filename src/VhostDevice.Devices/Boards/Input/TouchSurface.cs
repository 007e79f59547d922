// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Globalization;
using VhostDevice.Devices.Input;
using VhostDevice.Linux;

namespace VhostDevice.Devices.Boards.Input;

/// <summary>A touch screen or a touchpad for ten fingers (multitouch protocol B: a slot for each finger).</summary>
internal sealed class TouchSurface : InputPart
{
    internal const int Fingers = 10;

    private const int X = 0, Y = 1;
    private const int Slot = InputCodes.AbsMtSlot, FingerX = 0x35, FingerY = 0x36, TrackingId = InputCodes.AbsMtTrackingId;
    private const int MaxTrackingId = 65535;
    private const int PropertyPointer = 0, PropertyDirect = 1, PropertyButtonPad = 2;

    private readonly bool _isPad;
    private readonly int _width;
    private readonly int _height;
    private readonly Finger?[] _down = new Finger?[Fingers];
    private int _count;
    private int _nextId;
    private int _slot;

    /// <param name="isPad">A touchpad and not a screen.</param>
    /// <param name="width">Of a place, 1 or more; the edge is one less.</param>
    /// <inheritdoc cref="InputPart(Board, string, string, InputDescription)"/>
    internal TouchSurface(Board board, string name, bool isPad, int width, int height)
        : base(board, isPad ? "touchpad" : "touchscreen", name, Describe(name, isPad, width, height))
    {
        _isPad = isPad;
        _width = width;
        _height = height;
        Parameter(new TextParameter("size", "", () => string.Create(CultureInfo.InvariantCulture, $"{width}x{height}")));
    }

    internal static IReadOnlyList<PartVerb> TouchVerbs { get; } =
    [
        new(
            "touch",
            "touch",
            "Put a finger (0 to 9) onto a touch screen or touchpad, move it there, or take it away (up)",
            RunTouch,
            "FINGER",
            "X",
            "Y?")
        {
            Example = "ts0 2 100 200",
        },
    ];

    public override IReadOnlyList<PartVerb> Verbs => _isPad ? [.. TouchVerbs, ButtonVerb.Click] : TouchVerbs;

    private static InputDescription Describe(string name, bool isPad, int width, int height)
    {
        InputDescription made = new()
        {
            Name = $"vhost-device {(isPad ? "touchpad" : "touchscreen")} {name}",
            Bus = 6,
            Vendor = 0x0627,
            Product = (ushort)(isPad ? 5 : 4),
            Version = 1,
        };
        made.Add(InputTypes.Key, KeyNames.Touch);
        foreach (int tool in isPad ? PadTools : [])
            made.Add(InputTypes.Key, tool);
        if (isPad)
            made.Add(InputTypes.Key, KeyNames.Left);
        // libinput wants to know how large a touchpad is: about 12 units a millimetre make one of a hand's width.
        int resolution = isPad ? Math.Max(1, width / 100) : 0;
        foreach (int axis in (ReadOnlySpan<int>)[X, Y, FingerX, FingerY])
            made.Add(axis, new EvdevAxis(0, 0, (axis is X or FingerX ? width : height) - 1, 0, 0, resolution));
        made.Add(Slot, new EvdevAxis(0, 0, Fingers - 1, 0, 0, 0));
        made.Add(TrackingId, new EvdevAxis(0, 0, MaxTrackingId, 0, 0, 0));
        made.AddProperty(isPad ? PropertyPointer : PropertyDirect);
        if (isPad)
            made.AddProperty(PropertyButtonPad);
        return made;
    }

    private static ReadOnlySpan<int> PadTools =>
        [KeyNames.ToolFinger, KeyNames.ToolDouble, KeyNames.ToolTriple, KeyNames.ToolQuad, KeyNames.ToolQuint];

    private static string? RunTouch(BoardPart part, IReadOnlyList<string> words, Action<string> answer)
    {
        TouchSurface surface = (TouchSurface)part;
        if (!TryNumber(words[0], 0, Fingers - 1, out int finger))
            return $"there is no finger '{words[0]}': 0 to {Fingers - 1}";
        if (words[1] == "up")
        {
            surface.Put(finger, null);
            return null;
        }

        if (words.Count < 3 || !TryNumber(words[1], 0, surface._width - 1, out int x) || !TryNumber(words[2], 0, surface._height - 1, out int y))
        {
            return $"there is no place '{string.Join(' ', words.Skip(1))}' on {part.Name}: 0 0 to {surface._width - 1} {surface._height - 1}, or up";
        }

        surface.Put(finger, new Finger(x, y));
        return null;
    }

    private void Put(int finger, Finger? place)
    {
        Finger? before = _down[finger];
        if (before?.X == place?.X && before?.Y == place?.Y)
            return;
        int count = _count;
        _down[finger] = place;
        _count += (place is null ? 0 : 1) - (before is null ? 0 : 1);
        if (_slot != finger)
            Add(InputTypes.Absolute, Slot, _slot = finger);
        if (before is null)
            Add(InputTypes.Absolute, TrackingId, _nextId++ & MaxTrackingId);
        if (place is null)
            Add(InputTypes.Absolute, TrackingId, -1);
        else if (place.X != before?.X)
            Add(InputTypes.Absolute, FingerX, place.X);
        if (place is not null && place.Y != before?.Y)
            Add(InputTypes.Absolute, FingerY, place.Y);
        if (count == 0 != (_count == 0))
            Add(InputTypes.Key, KeyNames.Touch, _count == 0 ? 0 : 1);
        if (_isPad && count != _count)
            ShowTools(count, _count);
        // For programs that know one finger only: the one of the lowest number.
        for (int i = 0; i < Fingers; i++)
        {
            if (_down[i] is not { } first)
                continue;
            Add(InputTypes.Absolute, X, first.X);
            Add(InputTypes.Absolute, Y, first.Y);
            break;
        }

        Send();
    }

    // A touchpad says how many fingers there are; more than five are five.
    private void ShowTools(int before, int now)
    {
        int from = Math.Min(before, PadTools.Length), to = Math.Min(now, PadTools.Length);
        if (from == to)
            return;
        if (from > 0)
            Add(InputTypes.Key, PadTools[from - 1], 0);
        if (to > 0)
            Add(InputTypes.Key, PadTools[to - 1], 1);
    }

    private sealed class Finger(int x, int y)
    {
        internal int X => x;

        internal int Y => y;
    }
}
