// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause

namespace VhostDevice.Devices.Input;

/// <summary>
/// Which keys of a device are pressed, where its axes and fingers are, which switches are on: what a host's device is in, or
/// what a guest takes it to be in.
/// </summary>
public sealed class InputState
{
    /// <summary>An axis of which the guest may believe anything.</summary>
    internal const int Unknown = int.MinValue;

    private const int SlotAxes = InputCodes.AbsMtLast - InputCodes.AbsMtFirst + 1;
    private const int TrackingId = InputCodes.AbsMtTrackingId - InputCodes.AbsMtFirst;

    private readonly int[] _slots;
    private readonly int _slotCount;
    private int _slot;

    public InputState(InputDescription description)
    {
        Description = description;
        _slotCount = description.Slots;
        _slots = new int[_slotCount * SlotAxes];
        Clear();
    }

    public InputDescription Description { get; }

    /// <summary>Keys that are pressed, by their code.</summary>
    internal byte[] Keys { get; } = new byte[InputDescription.MaxBytes];

    /// <summary>Switches that are on.</summary>
    internal byte[] Switches { get; } = new byte[InputDescription.MaxBytes];

    internal int[] Axes { get; } = new int[InputCodes.AxisCount];

    /// <summary>Values of all fingers, slot by slot.</summary>
    internal Span<int> SlotValues => _slots;

    /// <summary>The slot that the next value of a finger is for; -1: none that is known.</summary>
    internal int Slot
    {
        get => _slot;
        set => _slot = (uint)value < (uint)_slotCount ? value : -1;
    }

    /// <summary>Nothing is pressed, no finger is there, the axes are at 0: as a driver takes a device that it has just found.</summary>
    public void Clear()
    {
        Array.Clear(Keys);
        Array.Clear(Switches);
        Array.Clear(Axes);
        Array.Clear(_slots);
        for (int slot = 0; slot < _slotCount; slot++)
            _slots[(slot * SlotAxes) + TrackingId] = -1;
        _slot = 0;
    }

    /// <summary>The guest may believe that any key is pressed, and anything of the axes.</summary>
    public void Forget()
    {
        Description.Codes(InputTypes.Key).CopyTo(Keys);
        Description.Codes(InputTypes.Switch).CopyTo(Switches);
        Array.Fill(Axes, Unknown);
        Array.Fill(_slots, Unknown);
        _slot = -1;
    }

    /// <summary>No key is pressed any more and no finger is there; the rest stays.</summary>
    public void Release()
    {
        Array.Clear(Keys);
        for (int slot = 0; slot < _slotCount; slot++)
            _slots[(slot * SlotAxes) + TrackingId] = -1;
    }

    /// <summary>Takes an event into account.</summary>
    public void Apply(in InputEvent value)
    {
        switch (value.Type)
        {
            case InputTypes.Key:
                Set(Keys, value.Code, value.Value != 0);
                break;
            case InputTypes.Switch:
                Set(Switches, value.Code, value.Value != 0);
                break;
            case InputTypes.Absolute when value.Code == InputCodes.AbsMtSlot:
                Slot = value.Value;
                break;
            case InputTypes.Absolute when InputCodes.IsOfSlot(value.Code):
                if (_slot >= 0 && _slotCount > 0)
                    SlotValue(_slot, value.Code) = value.Value;
                break;
            case InputTypes.Absolute when value.Code < InputCodes.AxisCount:
                Axes[value.Code] = value.Value;
                break;
        }
    }

    /// <param name="code">Of a finger (<see cref="InputCodes.IsOfSlot"/>).</param>
    internal ref int SlotValue(int slot, int code) => ref _slots[(slot * SlotAxes) + code - InputCodes.AbsMtFirst];

    internal bool IsPressed(int key) => IsSet(Keys, key);

    /// <summary>Becomes the same as another one of an equal description.</summary>
    internal void CopyFrom(InputState other)
    {
        other.Keys.CopyTo(Keys, 0);
        other.Switches.CopyTo(Switches, 0);
        other.Axes.CopyTo(Axes, 0);
        other._slots.CopyTo(_slots, 0);
        _slot = other._slot;
    }

    /// <summary>Lists the events that lead from this state to another one, with the end of the report if there are any.</summary>
    /// <param name="withPresses">False: keys are released and none is pressed, and no finger appears.</param>
    internal void ListChanges(InputState target, List<InputEvent> events, bool withPresses = true)
    {
        int before = events.Count;
        ListBits(InputTypes.Key, Keys, target.Keys, events, withPresses);
        ListBits(InputTypes.Switch, Switches, target.Switches, events, withSet: true);
        for (ushort code = 0; code < InputCodes.AxisCount; code++)
        {
            if (Axes[code] != target.Axes[code] && IsPlainAxis(code))
                events.Add(new InputEvent(InputTypes.Absolute, code, target.Axes[code]));
        }

        if (withPresses)
            ListFingers(target, events);
        if (events.Count > before)
            events.Add(InputEvent.EndOfReport);
    }

    private static void ListBits(ushort type, byte[] from, byte[] to, List<InputEvent> events, bool withSet)
    {
        for (int i = 0; i < from.Length; i++)
        {
            for (int changed = from[i] ^ to[i], bit = 0; changed >> bit != 0; bit++)
            {
                bool on = (to[i] >> bit & 1) != 0;
                if ((changed >> bit & 1) != 0 && (withSet || !on))
                    events.Add(new InputEvent(type, (ushort)((i * 8) + bit), on ? 1 : 0));
            }
        }
    }

    private static bool IsSet(byte[] bits, int code) => code < bits.Length * 8 && (bits[code >> 3] >> (code & 7) & 1) != 0;

    private static void Set(byte[] bits, int code, bool on)
    {
        if (code >= bits.Length * 8)
            return;
        byte bit = (byte)(1 << (code & 7));
        bits[code >> 3] = (byte)(on ? bits[code >> 3] | bit : bits[code >> 3] & ~bit);
    }

    private bool IsPlainAxis(int code) =>
        code != InputCodes.AbsMtSlot && Description.Has(InputTypes.Absolute, code) && !(InputCodes.IsOfSlot(code) && _slotCount > 0);

    private void ListFingers(InputState target, List<InputEvent> events)
    {
        int slot = _slot;
        for (int i = 0; i < _slotCount; i++)
        {
            // Of a finger that is gone, nothing counts but that.
            bool isGone = target.SlotValue(i, InputCodes.AbsMtTrackingId) < 0;
            ReadOnlySpan<ushort> codes = isGone ? [InputCodes.AbsMtTrackingId] : SlotCodes;
            foreach (ushort code in codes)
            {
                int value = target.SlotValue(i, code);
                if (value == SlotValue(i, code) || !Description.Has(InputTypes.Absolute, code))
                    continue;
                if (slot != i)
                    events.Add(new InputEvent(InputTypes.Absolute, InputCodes.AbsMtSlot, slot = i));
                events.Add(new InputEvent(InputTypes.Absolute, code, value));
            }
        }

        // What comes next goes by the target's slot.
        if (_slotCount > 0 && slot != target._slot)
            events.Add(new InputEvent(InputTypes.Absolute, InputCodes.AbsMtSlot, target._slot));
    }

    // The tracking id first, as devices send it.
    private static ReadOnlySpan<ushort> SlotCodes =>
        [0x39, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x3A, 0x3B, 0x3C, 0x3D];
}
