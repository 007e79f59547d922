// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.VhostUser.BackEnd;

/// <summary>
/// How long a socket's device is given to nobody after a front-end that had a loop wait for it: the moments that it took
/// from others that way, again and again, come to a few hundredths of the time at first and to next to nothing later.
/// </summary>
internal struct Penalty
{
    internal static readonly TimeSpan First = TimeSpan.FromSeconds(1);
    internal static readonly TimeSpan Longest = TimeSpan.FromSeconds(64);

    private TimeSpan _last;

    /// <param name="served">How long the connection had the device before. One that was long good is a new case.</param>
    internal TimeSpan Next(TimeSpan served)
    {
        _last = _last == TimeSpan.Zero || served >= Longest ? First : _last * 2;
        if (_last > Longest)
            _last = Longest;
        return _last;
    }
}
