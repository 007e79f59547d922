// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Boards.Can.Ecu.Diagnosis;

/// <summary>
/// Answers one tester's requests: UDS (ISO 14229-1) and OBD-II (SAE J1979). It checks in the order of ISO 14229-1: the
/// service, the session, the sub-function, the length, then what the service itself demands.
/// </summary>
internal sealed partial class DiagnosticServer(DiagnosticData data, DiagnosticSession session)
{
    private const byte Positive = 0x40;
    private const byte Quiet = 0x80;
    private const byte Negative = 0x7F;

    private readonly List<byte> _answer = [];
    private long _now;
    private long _delay;

    /// <summary>A request.</summary>
    /// <param name="request">At least a byte.</param>
    /// <param name="isFunctional">Several ECUs got it: they do not say what they cannot do.</param>
    /// <param name="now">In ticks of 100 ns.</param>
    /// <param name="delay">How long the answer takes; the tester is told to wait.</param>
    /// <returns>The answer; empty for none.</returns>
    internal byte[] Serve(ReadOnlySpan<byte> request, bool isFunctional, long now, out long delay)
    {
        delay = 0;
        byte service = request[0];
        // An answer of another ECU is nothing to answer: two ECUs would never end.
        if ((service & Positive) != 0)
            return [];
        _answer.Clear();
        _answer.Add((byte)(service | Positive));
        (_now, _delay) = (now, 0);
        Refusal refusal = Dispatch(service, request, isFunctional, out bool isQuiet);
        session.Touch(now);
        if (refusal == Refusal.None)
        {
            delay = _delay;
            return isQuiet && delay == 0 ? [] : [.. _answer];
        }

        return refusal == Refusal.Silent || (isFunctional && IsUnsaid(refusal)) ? [] : Refuse(service, refusal);
    }

    /// <summary>A negative answer.</summary>
    internal static byte[] Refuse(byte service, Refusal refusal) => [Negative, service, (byte)refusal];

    private static bool IsUnsaid(Refusal refusal) => refusal is Refusal.ServiceNotSupported or Refusal.SubFunctionNotSupported
        or Refusal.OutOfRange or Refusal.SubFunctionNotInSession or Refusal.ServiceNotInSession;

    private Refusal Dispatch(byte service, ReadOnlySpan<byte> request, bool isFunctional, out bool isQuiet)
    {
        isQuiet = false;
        switch (service)
        {
            case >= 0x01 and <= 0x0A:
                return Obd(service, request, isFunctional);
            case 0x14:
                return ClearCodes(request);
            case 0x22:
                return ReadData(request);
            case 0x2E:
                return WriteData(request);
            case 0x34 or 0x35 or 0x36 or 0x37:
                return session.Kind == SessionKind.Default ? Refusal.ServiceNotInSession : Move(service, request);
            case 0x10 or 0x11 or 0x19 or 0x27 or 0x28 or 0x31 or 0x3E or 0x85:
                break;
            default:
                return Refusal.ServiceNotSupported;
        }

        if (session.Kind == SessionKind.Default && service is 0x27 or 0x28 or 0x85)
            return Refusal.ServiceNotInSession;
        if (request.Length < 2)
            return Refusal.WrongLength;
        byte function = (byte)(request[1] & ~Quiet);
        isQuiet = (request[1] & Quiet) != 0;
        _answer.Add(function);
        return service switch
        {
            0x10 => ChangeSession(function, request),
            0x11 => Reset(function, request),
            0x19 => ReportCodes(function, request),
            0x27 => Unlock(function, request),
            0x28 => ControlCommunication(function, request),
            0x31 => RunRoutine(function, request),
            0x3E => function != 0 ? Refusal.SubFunctionNotSupported : Exactly(request, 2),
            _ => ControlCodes(function, request),
        };
    }

    private static Refusal Exactly(ReadOnlySpan<byte> request, int length) => request.Length == length ? Refusal.None : Refusal.WrongLength;

    private Refusal ChangeSession(byte function, ReadOnlySpan<byte> request)
    {
        if (function is < 1 or > 3)
            return Refusal.SubFunctionNotSupported;
        if (request.Length != 2)
            return Refusal.WrongLength;
        session.Begin((SessionKind)function);
        if (session.Kind == SessionKind.Default)
            data.Ended(session);
        // P2 in milliseconds, and P2* in tens of them.
        AddNumber(DiagnosticTimes.AnswerMilliseconds);
        AddNumber(DiagnosticTimes.PendingMilliseconds / 10);
        return Refusal.None;
    }

    private Refusal Reset(byte function, ReadOnlySpan<byte> request)
    {
        if (function is < 1 or > 3)
            return Refusal.SubFunctionNotSupported;
        if (request.Length != 2)
            return Refusal.WrongLength;
        data.Resets();
        return Refusal.None;
    }

    // Odd functions ask for a seed, the even ones behind them bring the key.
    private Refusal Unlock(byte function, ReadOnlySpan<byte> request)
    {
        bool isKey = (function & 1) == 0;
        int number = isKey ? function - 1 : function;
        if (data.Levels.Find(l => l.Level == number) is not { } level)
            return Refusal.SubFunctionNotSupported;
        if (request.Length != (isKey ? 2 + sizeof(uint) : 2))
            return Refusal.WrongLength;
        if (level.IsClosed(_now))
            return Refusal.DelayNotExpired;
        if (!isKey)
        {
            // A level that is open already has the seed 0.
            uint seed = session.Unlocked == number ? 0 : NewSeed();
            session.Seed = seed == 0 ? null : (number, seed);
            AddNumber(seed >> 16);
            AddNumber(seed & 0xFFFF);
            return Refusal.None;
        }

        if (session.Seed is not { } given || given.Level != number)
            return Refusal.WrongSequence;
        session.Seed = null;
        Refusal refusal = level.Try(given.Seed, (uint)ReadNumber(request[2..]), _now);
        if (refusal == Refusal.None)
            session.Unlocked = number;
        return refusal;
    }

    private static unsafe uint NewSeed()
    {
        uint seed = 0;
        _ = Linux.KernelRandom.Fill((byte*)&seed, sizeof(uint), out _);
        return seed == 0 ? 1 : seed;
    }

    private Refusal ControlCommunication(byte function, ReadOnlySpan<byte> request)
    {
        if (function > 3)
            return Refusal.SubFunctionNotSupported;
        if (request.Length != 3)
            return Refusal.WrongLength;
        // Normal messages, those of network management, or both, on this bus. The ECU has only normal ones.
        if (request[2] is < 1 or > 3)
            return Refusal.OutOfRange;
        if ((request[2] & 1) != 0)
            data.Silence(session, talks: (function & 1) == 0, listens: (function & 2) == 0);
        return Refusal.None;
    }

    private Refusal ControlCodes(byte function, ReadOnlySpan<byte> request)
    {
        if (function is < 1 or > 2)
            return Refusal.SubFunctionNotSupported;
        if (request.Length != 2)
            return Refusal.WrongLength;
        data.CodesFrozenBy = function == 2 ? session : null;
        return Refusal.None;
    }

    private void AddNumber(uint number)
    {
        _answer.Add((byte)(number >> 8));
        _answer.Add((byte)number);
    }

    private static ulong ReadNumber(ReadOnlySpan<byte> bytes)
    {
        ulong number = 0;
        foreach (byte each in bytes)
            number = (number << 8) | each;
        return number;
    }
}

/// <summary>The times that the ECU promises testers.</summary>
internal static class DiagnosticTimes
{
    /// <summary>Until an answer begins (P2).</summary>
    internal const uint AnswerMilliseconds = 50;

    /// <summary>The same once the tester was told to wait (P2*).</summary>
    internal const uint PendingMilliseconds = 5000;

    /// <summary>After this time it is told again, in ticks of 100 ns.</summary>
    internal const long PendingAgain = PendingMilliseconds / 2 * TimeSpan.TicksPerMillisecond;
}
