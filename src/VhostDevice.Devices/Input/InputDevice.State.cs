// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Buffers;
using System.Runtime.InteropServices;

namespace VhostDevice.Devices.Input;

// What the guest may have the device do, and what moves with the guest.
public sealed partial class InputDevice
{
    private const int MaxStatusEvents = 64;
    private const int MaxEffects = 96;

    // Selection, subselection, LEDs, keys and switches, axes, the slot.
    private const int FixedStateSize = 2 + (3 * InputDescription.MaxBytes) + (4 * InputCodes.AxisCount) + 4;

    public override void SaveState(IBufferWriter<byte> target)
    {
        ReadOnlySpan<byte> slots = MemoryMarshal.AsBytes(_known.SlotValues);
        Span<byte> state = target.GetSpan(FixedStateSize + slots.Length);
        int at = 0;
        state[at++] = _config[SelectAt];
        state[at++] = _config[SubselectAt];
        Put(state, ref at, _lit);
        Put(state, ref at, _known.Keys);
        Put(state, ref at, _known.Switches);
        Put(state, ref at, MemoryMarshal.AsBytes(_known.Axes.AsSpan()));
        int slot = _known.Slot;
        Put(state, ref at, MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in slot)));
        Put(state, ref at, slots);
        target.Advance(at);
    }

    // The device here may be another one: the guest knows what it knows, and the next look at this one tells the difference.
    public override bool TryLoadState(uint version, ReadOnlySpan<byte> state, out string problem)
    {
        int slots = (state.Length - FixedStateSize) / 4;
        problem = version != 1 || state.Length < FixedStateSize || state.Length % 4 != FixedStateSize % 4 ? "no state of an input device"
            : slots != _known.SlotValues.Length ? "the input device there tells another number of fingers apart than the one here"
            : "";
        if (problem.Length > 0)
            return false;
        _config[SelectAt] = state[0];
        _config[SubselectAt] = state[1];
        Select();
        int at = 2;
        Get(state, ref at, _lit);
        Get(state, ref at, _known.Keys);
        Get(state, ref at, _known.Switches);
        Get(state, ref at, MemoryMarshal.AsBytes(_known.Axes.AsSpan()));
        int slot = 0;
        Get(state, ref at, MemoryMarshal.AsBytes(new Span<int>(ref slot)));
        Get(state, ref at, MemoryMarshal.AsBytes(_known.SlotValues));
        _known.Slot = slot;
        _isKnown = _mayBeWithinReport = true;
        return true;
    }

    private static void Put(Span<byte> state, ref int at, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(state[at..]);
        at += bytes.Length;
    }

    private static void Get(ReadOnlySpan<byte> state, ref int at, Span<byte> target)
    {
        state.Slice(at, target.Length).CopyTo(target);
        at += target.Length;
    }

    // A repeat rate is the guest's own business: its kernel repeats.
    private bool IsForDevice(in InputEvent value) => value.Type switch
    {
        InputTypes.Led or InputTypes.Sound => _description.Has(value.Type, value.Code),
        // Codes below the first of gain are numbers of effects.
        InputTypes.ForceFeedback => _description.Has(value.Type) && (value.Code < MaxEffects || _description.Has(value.Type, value.Code)),
        _ => false,
    };

    private void SetLit(int led, bool on)
    {
        byte bit = (byte)(1 << (led & 7));
        _lit[led >> 3] = (byte)(on ? _lit[led >> 3] | bit : _lit[led >> 3] & ~bit);
    }

    // What the guest lit before a pause, or elsewhere.
    private void LightAgain()
    {
        for (int led = 0; led < _lit.Length * 8; led++)
        {
            if ((_lit[led >> 3] >> (led & 7) & 1) != 0 && _description.Has(InputTypes.Led, led))
                _station!.Send(new InputEvent(InputTypes.Led, (ushort)led, 1));
        }
    }
}
