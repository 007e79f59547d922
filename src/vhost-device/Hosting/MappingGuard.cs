// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using VhostDevice.Linux;

namespace VhostDevice.Program.Hosting;

/// <summary>
/// Survives front-ends that truncate memory which they share: a handler of SIGBUS, in C (Native/mapping_guard.c), which
/// is linked into the native binary. Built as a managed program this does without.
/// </summary>
internal sealed unsafe partial class MappingGuard : IMappingGuard
{
    private const string Library = "vhost-device-native";

    private MappingGuard()
    {
    }

    /// <summary>Installs the handler, and has all mappings guarded that are made from then on.</summary>
    internal static void Install()
    {
        if (RuntimeFeature.IsDynamicCodeSupported)
            return;
        int errno = Native.Install();
        if (errno != 0)
            throw new StartupException($"no handler of SIGBUS can be installed: {new Errno(errno)}");
        MemoryMapping.Guard = new MappingGuard();
    }

    public nint Add(byte* start, nuint length, int alarm, int* lost) => Native.Add(start, length, alarm, lost);

    public void Remove(nint guarded) => Native.Remove(guarded);

    private static partial class Native
    {
        [LibraryImport(Library, EntryPoint = "vhost_device_guard_install")]
        internal static partial int Install();

        [LibraryImport(Library, EntryPoint = "vhost_device_guard_add")]
        internal static partial nint Add(void* start, nuint length, int alarm, int* lost);

        [LibraryImport(Library, EntryPoint = "vhost_device_guard_remove")]
        internal static partial void Remove(nint guarded);
    }
}
