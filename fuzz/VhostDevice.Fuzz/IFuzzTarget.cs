// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Fuzz;

/// <summary>Something that must survive any bytes. Used by one thread.</summary>
public interface IFuzzTarget
{
    /// <summary>Its name on the command line and of its folder of the corpus.</summary>
    string Name { get; }

    /// <summary>Inputs made by hand, one for each thing that chance would take long to come upon.</summary>
    IEnumerable<(string Name, byte[] Input)> Seeds { get; }

    /// <summary>Runs one input from a clean state. An exception is a finding, as is the end of the process.</summary>
    void Run(ReadOnlySpan<byte> input);

    /// <summary>
    /// What the last input made happen, one bit for each kind of thing. The random mode, which has no instrumentation,
    /// keeps inputs that make two things happen together for the first time.
    /// </summary>
    ulong Behaviour => 0;
}
