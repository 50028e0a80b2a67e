set -e
cd "$(dirname "$0")/../../.."
B=build/verification/relacy; R=Tests/verification/relacy; mkdir -p $B/core $B/checker
for f in $R/checker/*.cpp; do o=$B/checker/$(basename $f .cpp).o; if [ $f -nt $o ] || [ $R/checker/checker.h -nt $o ]|| [ $R/checker/explore.h -nt $o ]; then g++ -std=c++17 -O2 -g -Wall -Wextra -U_FORTIFY_SOURCE -c $f -o $o; fi; done
g++ -rdynamic $B/checker/*.o -ldl -o $B/model-checker
CF="-std=c11 -O1 -g -fPIC -ftls-model=global-dynamic -fsanitize=thread -Wall -Wextra -Wno-tsan -Wno-unused-value -U_FORTIFY_SOURCE -I$R/include -Iinclude -ISources/CTributary"
for f in Sources/CTributary/*.c $R/scenarios/*.c; do o=$B/core/$(basename $f .c).o; if [ $f -nt $o ] || [ $R/include/tributary/internal/atomics.h -nt $o ] || [ $R/include/urcu/wfcqueue.h -nt $o ]|| [ $R/scenarios/support.h -nt $o ]; then gcc $CF -c $f -o $o; fi; done
W=""; for w in memcpy memset malloc free posix_memalign pthread_mutex_init pthread_mutex_destroy pthread_mutex_lock pthread_mutex_trylock pthread_mutex_unlock pthread_cond_init pthread_cond_destroy pthread_cond_wait pthread_cond_timedwait pthread_cond_broadcast syscall eventfd close read write ppoll clock_gettime nanosleep sched_yield pthread_key_create pthread_getspecific pthread_setspecific __tls_get_addr; do W="$W -Wl,--wrap=$w"; done
gcc -shared $W -Wl,-Bsymbolic -Wl,-z,nodelete $B/core/*.o -o $B/core.so
