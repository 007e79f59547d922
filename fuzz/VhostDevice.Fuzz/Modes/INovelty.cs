// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Fuzz.Modes;

/// <summary>Decides whether an input did something that none before it did, and so is worth mutating further.</summary>
internal interface INovelty
{
    /// <summary>Called before each input.</summary>
    void Begin();

    /// <summary>Whether the input that just ran did something new; it is known from now on.</summary>
    bool IsNew(IFuzzTarget target);

    /// <summary>Equal for two inputs that did the same.</summary>
    ulong Fingerprint(IFuzzTarget target);

    /// <summary>What is known by now, for the last line of a run; empty when there is nothing to say.</summary>
    string Summary { get; }
}
