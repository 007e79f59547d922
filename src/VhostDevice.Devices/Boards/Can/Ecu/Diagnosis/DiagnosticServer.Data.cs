// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Boards.Can.Ecu.Diagnosis;

/// <summary>Data by identifier, routines, and memory.</summary>
internal sealed partial class DiagnosticServer
{
    private const int MaxIdentifiers = 16;
    private const ushort ActiveSession = 0xF186;

    // Values of OBD-II by identifier (SAE J1979-2).
    private const ushort FirstObdIdentifier = 0xF400;

    private Refusal ReadData(ReadOnlySpan<byte> request)
    {
        if (request.Length < 3 || request.Length % 2 == 0)
            return Refusal.WrongLength;
        if (request.Length > 1 + (2 * MaxIdentifiers))
            return Refusal.OutOfRange;
        bool any = false;
        for (ReadOnlySpan<byte> rest = request[1..]; !rest.IsEmpty; rest = rest[2..])
        {
            ushort id = (ushort)ReadNumber(rest[..2]);
            int before = _answer.Count;
            AddNumber(id);
            Refusal refusal = ReadOne(id);
            if (refusal == Refusal.SecurityAccessDenied)
                return refusal;
            if (refusal == Refusal.None)
                any = true;
            else
                _answer.RemoveRange(before, _answer.Count - before);
        }

        return !any ? Refusal.OutOfRange : _answer.Count > Transfer.MaxBlock ? Refusal.ResponseTooLong : Refusal.None;
    }

    private Refusal ReadOne(ushort id)
    {
        if (data.Identifiers.Find(d => d.Id == id) is { } known)
        {
            Refusal refusal = known.Read.Check(session);
            if (refusal == Refusal.None)
                known.Get(_answer);
            return refusal;
        }

        if (id == ActiveSession)
        {
            _answer.Add((byte)session.Kind);
            return Refusal.None;
        }

        if (id is >= FirstObdIdentifier and <= FirstObdIdentifier + 0xFF && data.HasObd && TryValue((byte)id, out byte[] value))
        {
            _answer.AddRange(value);
            return Refusal.None;
        }

        return Refusal.OutOfRange;
    }

    private Refusal WriteData(ReadOnlySpan<byte> request)
    {
        if (request.Length < 4)
            return Refusal.WrongLength;
        ushort id = (ushort)ReadNumber(request.Slice(1, 2));
        if (data.Identifiers.Find(d => d.Id == id) is not { } known)
            return Refusal.OutOfRange;
        Refusal refusal = known.Write.Check(session);
        if (refusal == Refusal.None)
            refusal = known.Set(request[3..]);
        AddNumber(id);
        _delay = known.Delay;
        return refusal;
    }

    private Refusal RunRoutine(byte function, ReadOnlySpan<byte> request)
    {
        if (function is < 1 or > 3)
            return Refusal.SubFunctionNotSupported;
        if (request.Length < 4)
            return Refusal.WrongLength;
        ushort id = (ushort)ReadNumber(request.Slice(2, 2));
        if (data.Routines.Find(r => r.Id == id) is not { } routine)
            return Refusal.OutOfRange;
        Refusal refusal = routine.Rule.Check(session);
        if (refusal != Refusal.None)
            return refusal;
        if (function != 1 && request.Length != 4)
            return Refusal.WrongLength;
        AddNumber(id);
        if (function == 1)
            _delay = routine.Delay;
        return function switch
        {
            1 => routine.Start(request[4..], _answer, _now),
            2 => routine.Stop(_answer, _now),
            _ => routine.Result(_answer, _now),
        };
    }

    private Refusal Move(byte service, ReadOnlySpan<byte> request)
    {
        switch (service)
        {
            case 0x36 when request.Length < 2:
                return Refusal.WrongLength;
            case 0x36:
                return session.Transfer is { } active ? active.Go(request[1], request[2..], _answer) : Refusal.WrongSequence;
            case 0x37 when request.Length != 1:
                return Refusal.WrongLength;
            case 0x37:
                if (session.Transfer is not { IsComplete: true })
                    return Refusal.WrongSequence;
                session.Transfer = null;
                return Refusal.None;
            default:
                return BeginTransfer(isDownload: service == 0x34, request);
        }
    }

    private Refusal BeginTransfer(bool isDownload, ReadOnlySpan<byte> request)
    {
        if (request.Length < 3)
            return Refusal.WrongLength;
        int addressBytes = request[2] & 0xF, lengthBytes = request[2] >> 4;
        if (addressBytes is < 1 or > 4 || lengthBytes is < 1 or > 4)
            return Refusal.OutOfRange;
        if (request.Length != 3 + addressBytes + lengthBytes)
            return Refusal.WrongLength;
        // Neither compressed nor encrypted.
        if (request[1] != 0)
            return Refusal.OutOfRange;
        ulong address = ReadNumber(request.Slice(3, addressBytes)), length = ReadNumber(request[(3 + addressBytes)..]);
        if (data.Areas.Find(a => a.Has(address, length)) is not { } area)
            return Refusal.OutOfRange;
        Refusal refusal = (isDownload ? area.Download : area.Upload).Check(session);
        if (refusal != Refusal.None)
            return refusal;
        if (session.Transfer is not null)
            return Refusal.ConditionsNotCorrect;
        session.Transfer = new Transfer(area, (long)(address - area.Address), (long)length, isDownload);
        _answer.Add(0x20);
        AddNumber(Transfer.MaxBlock);
        return Refusal.None;
    }
}
