// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Fuzz.Modes;

/// <summary>Remembers which kinds of things happened together in one input (<see cref="IFuzzTarget.Behaviour"/>).</summary>
internal sealed class Novelty : INovelty
{
    private readonly ulong[] _together = new ulong[64];

    public string Summary => "";

    public void Begin()
    {
    }

    public bool IsNew(IFuzzTarget target) => Add(target.Behaviour);

    public ulong Fingerprint(IFuzzTarget target) => target.Behaviour;

    /// <summary>Whether two things happened together for the first time; they are known from now on.</summary>
    private bool Add(ulong behaviour)
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
