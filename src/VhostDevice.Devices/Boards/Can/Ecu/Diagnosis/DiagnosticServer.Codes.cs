// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Boards.Can.Ecu.Diagnosis;

/// <summary>Trouble codes.</summary>
internal sealed partial class DiagnosticServer
{
    private const int AllCodes = 0xFFFFFF;

    // Of emissions: all that OBD-II tells.
    private const int EmissionCodes = 0xFFFF33;
    private const byte AllRecords = 0xFF;
    private const byte FirstRecord = 1;
    private const byte Iso14229 = 1;

    private Refusal ClearCodes(ReadOnlySpan<byte> request)
    {
        if (request.Length != 4)
            return Refusal.WrongLength;
        int group = (int)ReadNumber(request[1..]);
        if (!data.Codes.Clear(group is AllCodes or EmissionCodes ? null : group))
            return Refusal.OutOfRange;
        data.Changed();
        return Refusal.None;
    }

    private Refusal ReportCodes(byte function, ReadOnlySpan<byte> request)
    {
        int? length = function switch { 0x01 or 0x02 => 3, 0x03 or 0x0A => 2, 0x04 or 0x06 => 6, _ => null };
        if (length is null)
            return Refusal.SubFunctionNotSupported;
        if (request.Length != length)
            return Refusal.WrongLength;
        switch (function)
        {
            case 0x01:
                _answer.Add(TroubleCode.Available);
                _answer.Add(Iso14229);
                AddNumber((uint)data.Codes.With(request[2]).Count);
                return Refusal.None;
            case 0x02:
                return List(data.Codes.With(request[2]));
            case 0x0A:
                return List(data.Codes.All);
            case 0x03:
                if (data.Codes.FrozenFor is { } frozen)
                {
                    AddCode(frozen.Code);
                    _answer.Add(FirstRecord);
                }

                return Refusal.None;
            default:
                return ReportOne(function == 0x04, (int)ReadNumber(request.Slice(2, 3)), request[5]);
        }
    }

    private Refusal List(List<TroubleCode> codes)
    {
        _answer.Add(TroubleCode.Available);
        foreach (TroubleCode code in codes)
        {
            AddCode(code.Code);
            _answer.Add(code.Status);
        }

        return Refusal.None;
    }

    // What was frozen, as data by identifier, or how often the code was set.
    private Refusal ReportOne(bool isFrozen, int number, byte record)
    {
        if (record is not (FirstRecord or AllRecords) || data.Codes.Find(number) is not { } code)
            return Refusal.OutOfRange;
        AddCode(code.Code);
        _answer.Add(code.Status);
        if (!isFrozen)
        {
            _answer.Add(FirstRecord);
            _answer.Add(1);
            return Refusal.None;
        }

        if (data.Codes.FrozenFor?.Code != number)
            return Refusal.None;
        _answer.Add(FirstRecord);
        _answer.Add((byte)data.Codes.Frozen.Count);
        foreach (ObdReading value in data.Codes.Frozen)
        {
            AddNumber((uint)(FirstObdIdentifier + value.Id));
            _answer.AddRange(value.Bytes);
        }

        return Refusal.None;
    }

    private void AddCode(int code)
    {
        _answer.Add((byte)(code >> 16));
        AddNumber((uint)(code & 0xFFFF));
    }
}
