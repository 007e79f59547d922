// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Boards.Can.Ecu.Diagnosis;

/// <summary>The services of OBD-II. What the ECU does not have it passes over in silence when several ECUs were asked.</summary>
internal sealed partial class DiagnosticServer
{
    private const int MaxValues = 6;
    private const byte Status = 0x01;
    private const byte FrozenCode = 0x02;
    private const byte Standard = 0x1C;

    // OBD-II of the Californian rules, and EOBD.
    private const byte ObdAndEobd = 0x07;

    private Refusal Obd(byte service, ReadOnlySpan<byte> request, bool isFunctional)
    {
        if (!data.HasObd)
            return Refusal.ServiceNotSupported;
        Refusal refusal = service switch
        {
            0x01 => CurrentValues(request),
            0x02 => FrozenValues(request),
            0x03 => Codes(request, data.Codes.With(TroubleCode.Confirmed)),
            0x07 => Codes(request, data.Codes.With(TroubleCode.Pending)),
            0x0A => Codes(request, data.Codes.All.FindAll(c => c.IsPermanent)),
            0x04 => Clear(request),
            0x09 => Info(request),
            _ => Refusal.ServiceNotSupported,
        };
        return refusal != Refusal.None && isFunctional ? Refusal.Silent : refusal;
    }

    private Refusal CurrentValues(ReadOnlySpan<byte> request)
    {
        if (request.Length is < 2 or > 1 + MaxValues)
            return Refusal.WrongLength;
        foreach (byte id in request[1..])
        {
            if (!TryValue(id, out byte[] value))
                continue;
            _answer.Add(id);
            _answer.AddRange(value);
        }

        return _answer.Count > 1 ? Refusal.None : Refusal.SubFunctionNotSupported;
    }

    private Refusal FrozenValues(ReadOnlySpan<byte> request)
    {
        if (request.Length is < 3 or > 1 + MaxValues || request.Length % 2 == 0)
            return Refusal.WrongLength;
        for (ReadOnlySpan<byte> rest = request[1..]; !rest.IsEmpty; rest = rest[2..])
        {
            // There is one frame.
            byte id = rest[0];
            byte[]? value = rest[1] != 0 ? null
                : id == FrozenCode ? Short(data.Codes.FrozenFor?.Code ?? 0)
                : id % 0x20 == 0 ? FrozenBits(id)
                : data.Codes.Frozen.Find(v => v.Id == id)?.Bytes;
            if (value is null)
                continue;
            _answer.Add(id);
            _answer.Add(0);
            _answer.AddRange(value);
        }

        return _answer.Count > 1 ? Refusal.None : Refusal.SubFunctionNotSupported;
    }

    private Refusal Codes(ReadOnlySpan<byte> request, List<TroubleCode> codes)
    {
        if (request.Length != 1)
            return Refusal.WrongLength;
        _answer.Add((byte)codes.Count);
        foreach (TroubleCode code in codes)
            _answer.AddRange(Short(code.Code));
        return Refusal.None;
    }

    private Refusal Clear(ReadOnlySpan<byte> request)
    {
        if (request.Length != 1)
            return Refusal.WrongLength;
        _ = data.Codes.Clear(null);
        data.Changed();
        return Refusal.None;
    }

    private Refusal Info(ReadOnlySpan<byte> request)
    {
        if (request.Length != 2)
            return Refusal.WrongLength;
        byte type = request[1];
        _answer.Add(type);
        if (type == 0)
        {
            byte[] bits = new byte[4];
            foreach (ObdInfo each in data.Infos)
                Mark(bits, 0, each.Type);
            _answer.AddRange(bits);
            return Refusal.None;
        }

        if (data.Infos.Find(i => i.Type == type) is not { } info)
            return Refusal.SubFunctionNotSupported;
        _answer.Add(1); // of one
        info.Data.Get(_answer);
        return Refusal.None;
    }

    private bool TryValue(byte id, out byte[] value)
    {
        value = [];
        foreach (ObdSlot known in data.Values)
        {
            if (known.Kind.Id == id)
                value = known.Kind.Encode(known.Parameter.Now);
        }

        if (id == Status)
            value = [(byte)((data.Codes.Lamp ? 0x80 : 0) | Math.Min(data.Codes.With(TroubleCode.Confirmed).Count, 0x7F)), 0x07, 0, 0];
        else if (id == Standard)
            value = [ObdAndEobd];
        else if (id % 0x20 == 0)
            value = ValueBits(id) ?? [];
        return value.Length > 0;
    }

    // Null: none is there or beyond.
    private byte[]? ValueBits(byte from)
    {
        byte[] bits = new byte[4];
        bool any = Mark(bits, from, Status) | Mark(bits, from, Standard) | from == 0;
        foreach (ObdSlot value in data.Values)
            any |= Mark(bits, from, value.Kind.Id);
        return any ? bits : null;
    }

    private byte[]? FrozenBits(byte from)
    {
        byte[] bits = new byte[4];
        bool any = Mark(bits, from, FrozenCode) | from == 0;
        foreach (ObdReading value in data.Codes.Frozen)
            any |= Mark(bits, from, value.Id);
        return any ? bits : null;
    }

    // Which of the next 32 there are; the last of them stands for those beyond.
    private static bool Mark(byte[] bits, byte from, byte id)
    {
        if (id <= from)
            return false;
        int at = Math.Min(id - from, 0x20) - 1;
        bits[at / 8] |= (byte)(0x80 >> (at % 8));
        return true;
    }

    private static byte[] Short(int code) => [(byte)(code >> 16), (byte)(code >> 8)];
}
