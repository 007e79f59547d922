// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using SharpFuzz;

namespace VhostDevice.Fuzz.Modes;

/// <summary>Long runs with coverage feedback; the assemblies under test are instrumented before, see README.md.</summary>
internal static class Instrumented
{
    internal static void LibFuzzer(IFuzzTarget target) => Fuzzer.LibFuzzer.Run(target.Run);

    internal static void Afl(IFuzzTarget target) => Fuzzer.OutOfProcess.Run(stream =>
    {
        using MemoryStream input = new();
        stream.CopyTo(input);
        target.Run(input.GetBuffer().AsSpan(0, (int)input.Length));
    });
}
