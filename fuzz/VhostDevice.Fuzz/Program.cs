// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Fuzz;
using VhostDevice.Fuzz.Modes;

const string Usage = """
    usage: VhostDevice.Fuzz TARGET replay FILE|DIRECTORY…
           VhostDevice.Fuzz TARGET random SECONDS [SEED] [--corpus DIRECTORY] [--keep DIRECTORY]
           VhostDevice.Fuzz TARGET cover SECONDS [SEED] [--corpus DIRECTORY] [--keep DIRECTORY]
           VhostDevice.Fuzz TARGET merge FROM INTO
           VhostDevice.Fuzz TARGET seeds DIRECTORY
           VhostDevice.Fuzz TARGET libfuzzer
           VhostDevice.Fuzz TARGET afl
           VhostDevice.Fuzz list
    """;

if (args is ["list"])
{
    foreach (IFuzzTarget each in Targets.All)
        Console.WriteLine(each.Name);
    return 0;
}

if (args.Length < 2 || Targets.Find(args[0]) is not { } target)
{
    Console.Error.WriteLine(Usage);
    Console.Error.WriteLine($"targets: {string.Join(", ", Targets.All.Select(static t => t.Name))}");
    return 2;
}

ReadOnlySpan<string> rest = args.AsSpan(2);
switch (args[1])
{
    case "replay" when rest.Length > 0:
        return Replay.Run(target, rest);
    case "random" when RandomOptions.TryParse(rest, out RandomOptions options):
        return new RandomRun(target, new Novelty(), options).Run();
    case "cover" when RandomOptions.TryParse(rest, out RandomOptions options):
        return Covered.Run(target, options);
    case "merge" when rest.Length == 2:
        return Merge.Run(target, rest[0], rest[1]);
    case "seeds" when rest.Length == 1:
        return Seeds.Write(target, rest[0]);
    case "libfuzzer" when rest.IsEmpty:
        Instrumented.LibFuzzer(target);
        return 0;
    case "afl" when rest.IsEmpty:
        Instrumented.Afl(target);
        return 0;
    default:
        Console.Error.WriteLine(Usage);
        return 2;
}
