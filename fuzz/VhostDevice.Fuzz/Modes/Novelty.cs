// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Fuzz.Modes;

/// <summary>Remembers which kinds of things happened together in one input.</summary>
internal sealed class Novelty
{
    private readonly ulong[] _together = new ulong[64];

    /// <summary>Whether two things happened together for the first time; they are known from now on.</summary>
    internal bool Add(ulong behaviour)
    {
        bool found = false;
        for (int i = 0; i < _together.Length; i++)
        {
            if ((behaviour >> i & 1) == 0 || (_together[i] & behaviour) == behaviour)
                continue;
            _together[i] |= behaviour;
            found = true;
        }

        return found;
    }
}
