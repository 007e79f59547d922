// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Boards.Can.Ecu.Diagnosis;

/// <summary>
/// A level of security access. The key is the seed XOR the secret. What was tried counts for the ECU, not for a session, so
/// a tester that begins anew has no more attempts.
/// </summary>
internal sealed class SecurityLevel(int level, uint secret)
{
    /// <summary>Wrong keys until the level stays closed for a while.</summary>
    internal const int MaxAttempts = 3;

    /// <summary>For how long, in ticks of 100 ns.</summary>
    internal const long Delay = 10 * TimeSpan.TicksPerSecond;

    private int _wrong;
    private long _closedUntil = long.MinValue;

    internal int Level => level;

    internal bool IsClosed(long now) => now < _closedUntil;

    /// <summary>Tries a key.</summary>
    internal Refusal Try(uint seed, uint key, long now)
    {
        if (key == (seed ^ secret))
        {
            _wrong = 0;
            return Refusal.None;
        }

        if (++_wrong < MaxAttempts)
            return Refusal.InvalidKey;
        _wrong = 0;
        _closedUntil = now + Delay;
        return Refusal.TooManyAttempts;
    }
}
