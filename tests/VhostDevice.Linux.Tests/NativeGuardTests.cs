// SPDX-License-Identifier: Apache-2.0 OR BSD-3-Clause
using VhostDevice.Linux.Tests.Abi;

namespace VhostDevice.Linux.Tests;

/// <summary>The program's handler of SIGBUS, in a process of its own.</summary>
public sealed class NativeGuardTests
{
    // Each returns from main with 0, and with another number where it is not as it should be.
    private const string Head = """
        #define _GNU_SOURCE
        #include <signal.h>
        #include <string.h>
        #include <sys/mman.h>
        #include <sys/syscall.h>
        #include <unistd.h>
        #include "mapping_guard.h"

        // A signal with a reason that only the kernel gives, but a process may give itself.
        static void send(int code)
        {
            siginfo_t info;
            memset(&info, 0, sizeof info);
            info.si_signo = SIGBUS;
            info.si_code = code;
            syscall(SYS_rt_tgsigqueueinfo, getpid(), getpid(), SIGBUS, &info);
        }

        // Whether an access beyond the end of a guarded file goes through.
        static int survives(void)
        {
            int lost = 0;
            int file = memfd_create("guarded", 0);
            if (file < 0 || ftruncate(file, 4096) != 0)
                return 0;
            volatile char *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
            vhost_device_guard_add((void *)at, 4096, -1, &lost);
            if (ftruncate(file, 0) != 0)
                return 0;
            return at[0] == 0 && lost == 1;
        }

        """;

    /// <summary>The control: what is guarded survives, and what is not ends the process.</summary>
    [Theory]
    [InlineData("return survives() ? 0 : 1;", 0)]
    [InlineData("raise(SIGBUS); return 0;", 128 + 7)]
    public void It_takes_what_is_its_own_and_passes_on_the_rest(string body, int status) => AssertEnds(body, status);

    /// <summary>News of memory that is lost and was not touched (BUS_MCEERR_AO) neither ends the process nor the guard.</summary>
    [Fact]
    public void Early_news_of_lost_memory_leave_the_guard_in_place() =>
        AssertEnds("send(BUS_MCEERR_AO); send(BUS_MCEERR_AO); return survives() ? 0 : 1;", 0);

    private static void AssertEnds(string body, int expected)
    {
        using TempFolder folder = new();
        string native = Path.Combine(Repository.Root, "src", "VhostDevice.Hosting", "Native");
        string source = folder.Path("main.c");
        File.WriteAllText(source, Head.Replace("\"mapping_guard.h\"", $"\"{native}/mapping_guard.h\"", StringComparison.Ordinal)
            + "int main(void) { if (vhost_device_guard_install() != 0) return 9; " + body + " }\n");
        (int status, string said) = CompilerDriver.Host.BuildAndRun(folder.Path("guard"), source, Path.Combine(native, "mapping_guard.c"));
        Assert.True(expected == status, $"exit status {status} instead of {expected}: {said}");
    }
}
