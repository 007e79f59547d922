// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
namespace VhostDevice.Fuzz.Modes;

/// <summary>The random mode with coverage feedback, for instrumented assemblies (<c>fuzz/run</c> makes them).</summary>
internal static class Covered
{
    internal static int Run(IFuzzTarget target, RandomOptions options)
    {
        if (!TryMake(target, out Coverage coverage))
        {
            Console.Error.WriteLine("the assemblies under test are not instrumented: use fuzz/run");
            return 2;
        }

        return new RandomRun(target, coverage, options).Run();
    }

    /// <summary>Coverage where the assemblies are instrumented, otherwise what the target says of its behaviour.</summary>
    internal static INovelty BestFor(IFuzzTarget target) => TryMake(target, out Coverage coverage) ? coverage : new Novelty();

    private static bool TryMake(IFuzzTarget target, out Coverage coverage)
    {
        coverage = new Coverage();
        coverage.Begin();
        target.Run([]);
        _ = coverage.IsNew(target);
        return !coverage.IsBlind;
    }
}
