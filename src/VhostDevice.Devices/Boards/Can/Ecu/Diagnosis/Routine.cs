// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Boards.Can.Ecu.Diagnosis;

/// <summary>Something that testers start, stop and ask the result of. It does nothing but take its time.</summary>
/// <param name="takes">Bytes that follow its identifier in a start; null: any number.</param>
/// <param name="result">What it answers when it is finished.</param>
/// <param name="time">How long it runs, in ticks of 100 ns.</param>
internal sealed class Routine(ushort id, AccessRule rule, int? takes, byte[] result, long time)
{
    private const byte Finished = 0;
    private const byte Running = 1;
    private const byte Stopped = 2;

    private long? _startedAt;
    private bool _isStopped;

    internal ushort Id => id;

    internal AccessRule Rule => rule;

    /// <summary>How long the answer to a start takes; the tester is told to wait.</summary>
    internal long Delay { get; init; }

    internal Refusal Start(ReadOnlySpan<byte> option, List<byte> answer, long now)
    {
        if (takes is { } bytes && option.Length != bytes)
            return Refusal.WrongLength;
        _startedAt = now;
        _isStopped = false;
        Report(answer, now);
        return Refusal.None;
    }

    internal Refusal Stop(List<byte> answer, long now)
    {
        if (_startedAt is null || StatusAt(now) != Running)
            return Refusal.WrongSequence;
        _isStopped = true;
        Report(answer, now);
        return Refusal.None;
    }

    internal Refusal Result(List<byte> answer, long now)
    {
        if (_startedAt is null)
            return Refusal.WrongSequence;
        Report(answer, now);
        return Refusal.None;
    }

    private byte StatusAt(long now) => _isStopped ? Stopped : now - _startedAt < time ? Running : Finished;

    private void Report(List<byte> answer, long now)
    {
        byte status = StatusAt(now);
        answer.Add(status);
        if (status == Finished)
            answer.AddRange(result);
    }
}
