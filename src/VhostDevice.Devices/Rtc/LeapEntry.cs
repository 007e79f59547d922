// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Devices.Rtc;

/// <summary>From some time on TAI is so far ahead of UTC.</summary>
/// <param name="From">Seconds from 1970 on, in UTC.</param>
/// <param name="Ahead">Seconds.</param>
internal readonly record struct LeapEntry(long From, int Ahead);
